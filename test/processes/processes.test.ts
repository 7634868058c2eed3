import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestDatabase, startPostgres } from '../support/postgres.ts'
import { freezeAServer } from './frozen.ts'
import { killTheServer } from './kills.ts'
import { killPostgres } from './postgres-kills.ts'

/** A small portion, with few people at work; `npm run test:processes` takes the whole. */
const KILLS = 6
const lives = 5
const seed = 20_261_122

suite('Nothing acknowledged is lost and nothing is done twice', { concurrency: 2, timeout: 600_000 }, () => {
  test('when the server is killed again and again, on the embedded database', async () => {
    const told = await killTheServer({ place: { kind: 'pglite' }, seed, kills: KILLS, lives })
    assert.ok(told.kills === KILLS && told.runs >= lives)
  })

  test('when the server is killed again and again, on Postgres', async () => {
    const place = { kind: 'postgres', url: await createTestDatabase() } as const
    const told = await killTheServer({ place, seed, kills: KILLS, lives })
    assert.ok(told.kills === KILLS && told.runs >= lives)
  })

  test('when one of two servers is stopped past its leases and then goes on', async () => {
    const told = await freezeAServer({ url: await createTestDatabase(), seed, times: 1, lives })
    assert.ok(told.held >= 1 && told.takenOver >= told.held)
  })

  test('when Postgres is killed under the server, which goes on by itself', async () => {
    const postgres = await startPostgres()
    try {
      const told = await killPostgres({ postgres, seed, times: 1, lives })
      assert.ok(told.runs >= lives)
    } finally {
      await postgres.stop()
    }
  })
})
