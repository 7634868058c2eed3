import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { createTestDatabase, startPostgres } from '../support/postgres.ts'
import { killTheServer } from './kills.ts'
import { killPostgres } from './postgres-kills.ts'
import { killTemporal, MortalCluster, stopWithoutTemporal } from './temporal-kills.ts'

const lives = 4
const seed = 20_261_122
const newPlace = async () => ({ kind: 'postgres', url: await createTestDatabase() }) as const

suite('On Temporal nothing acknowledged is lost and nothing is done twice', { timeout: 600_000 }, () => {
  /** Of its own: no other ledger has anything on it. */
  let cluster: MortalCluster
  beforeEach(async () => {
    cluster = await MortalCluster.start()
  })
  afterEach(() => cluster.close())

  test('when the worker is killed again and again', async () => {
    const { environment } = cluster
    const told = await killTheServer({ place: await newPlace(), environment, seed, kills: 4, lives })
    assert.ok(told.kills === 4 && told.runs >= lives)
    assert.equal(told.onTemporal, told.runs)
  })

  test('when the cluster is killed, and what people say meanwhile is taken', async () => {
    const told = await killTemporal({ place: await newPlace(), cluster, seed, times: 2, lives })
    assert.ok(told.runs > lives)
    assert.ok(told.acknowledgedMeanwhile > 0)
    assert.equal(told.onTemporal, told.runs)
  })

  test('when a server is told to stop while its cluster is away', async () => {
    const told = await stopWithoutTemporal({ place: await newPlace(), cluster, seed, lives })
    assert.equal(told.onTemporal, told.runs)
  })

  test('when Postgres is killed under the worker', async () => {
    const postgres = await startPostgres()
    try {
      const told = await killPostgres({ postgres, environment: cluster.environment, seed, times: 1, lives })
      assert.ok(told.runs >= lives)
      assert.equal(told.onTemporal, told.runs)
    } finally {
      await postgres.stop()
    }
  })
})
