import assert from 'node:assert/strict'
import { before, describe } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const opening = scenario('opening', async (flow, id) => {
  await flow.open(id)
  return String((await flow.go()).n)
})
const mailing = scenario('mailing', async (flow) => {
  await flow.go()
  return (await flow.mail('after')).messageId
})

const wanted = (world: EngineWorld, key: string, digest = 'd') =>
  ({
    tenant: world.tenant,
    workflow: 'opening',
    requester: 'requester',
    input: 'x',
    idempotency: { key, digest },
  }) as const
const runs = async (world: EngineWorld) =>
  (await world.sql('select from sijil.runs where tenant = $1', [world.tenant])).length

onBothDatabases('A start', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  inWorld('with one key, many times at once, is one run', { workflows: [opening] }, async (world) => {
    const starts = Array.from({ length: 10 }, () => world.engine.start(wanted(world, 'key')))
    const created = await Promise.all(starts.map((start) => start.created))
    assert.deepEqual([new Set(created.map(({ id }) => id)).size, await runs(world)], [1, 1])
    assert.equal(created.filter(({ known }) => !known).length, 1)
    await world.engine.idle()
    assert.equal(world.acts.length, 1)
    assert.equal(world.engine.loaded, 0)
  })

  inWorld(
    'with a used key answers the first run and the digest of what was asked then',
    { workflows: [opening] },
    async (world) => {
      const first = await world.engine.start(wanted(world, 'key', 'first')).created
      await world.engine.idle()
      const second = await world.engine.start(wanted(world, 'key', 'second')).created
      assert.deepEqual(second, { id: first.id, known: true, digest: 'first' })
      assert.deepEqual([await runs(world), world.acts.length], [1, 1])
    },
  )

  inWorld('that may not do its first act is known by its key all the same', { workflows: [opening] }, async (world) => {
    await world.sql("update sijil.policies set class = 'C' where tenant = $1", [world.tenant])
    const first = await world.engine.start(wanted(world, 'key')).created
    await world.engine.idle()
    assert.equal((await world.status(first.id)).stuck_code, 'NOT_AUTHORISED')
    const second = await world.engine.start(wanted(world, 'key')).created
    assert.deepEqual([second.id, second.known, await runs(world)], [first.id, true, 1])
    await world.cancel(first.id)
  })

  inWorld('of what is not there, or is too large, starts nothing', { workflows: [opening] }, async (world) => {
    const of = wanted(world, 'key')
    assert.throws(() => world.engine.start({ ...of, workflow: 'other' }), RangeError)
    assert.throws(() => world.engine.start({ ...of, version: 2 }), RangeError)
    assert.throws(() => world.engine.start({ ...of, input: 'x'.repeat(300_000) }), { code: 'VALUE_TOO_LARGE' })
    assert.throws(() => world.engine.start({ ...of, input: Number.NaN }), TypeError)
    assert.deepEqual([await runs(world), world.engine.loaded], [0, 0])
  })

  inWorld('whose key no database takes is refused, and leaves nothing', { workflows: [opening] }, async (world) => {
    const bad = world.engine.start({ ...wanted(world, 'a\0b'), requester: 'a\0b' })
    await assert.rejects(bad.created, { code: 'NOT_STORABLE' })
    await world.engine.idle()
    assert.deepEqual([await runs(world), world.acts.length, world.engine.loaded], [0, 0, 0])
  })

  inWorld(
    'after a restore is not under suspicion: it has forgotten nothing',
    { workflows: [mailing] },
    async (world) => {
      await world.sql('insert into sijil.restored (at_ms) values ($1)', [world.now])
      try {
        const run = await world.start('mailing', 'x')
        await world.engine.idle()
        await world.reopen()
        await world.signal(run, 'go', { n: 1 })
        assert.deepEqual(
          world.acts.map(({ what }) => what),
          ['email after'],
        )
        assert.equal((await world.status(run)).outcome, 'completed')
      } finally {
        await world.sql('delete from sijil.restored')
      }
    },
  )

  inWorld(
    'before a restore is: what nobody can be asked about is left to a person',
    { workflows: [mailing] },
    async (world) => {
      const run = await world.start('mailing', 'x')
      await world.engine.idle()
      await world.sql('insert into sijil.restored (at_ms) values ($1)', [world.now + 1])
      try {
        await world.reopen()
        await world.signal(run, 'go', { n: 1 })
        assert.deepEqual(world.acts, [])
        assert.equal(await world.resolve(run, 'mail', { outcome: 'never' }), 'RESOLVED')
        assert.equal(world.acts.length, 1)
      } finally {
        await world.sql('delete from sijil.restored')
      }
    },
  )
})

describe('Starts in two processes', () => {
  const database = ledgerForSuite('postgres')

  worlds(database)('with one key at the same moment are one run', { workflows: [] }, async (world) => {
    const processes = await Promise.all([1, 2, 3].map(() => startProcess(world, [opening])))
    for (let round = 0; round < 20; round += 1) {
      const created = await Promise.all(
        processes.map((process) => process.start(wanted(world, `key-${round}`)).created),
      )
      assert.equal(new Set(created.map(({ id }) => id)).size, 1)
      assert.equal(created.filter(({ known }) => !known).length, 1)
    }
    await Promise.all(processes.map((process) => process.idle()))
    assert.deepEqual([await runs(world), world.acts.length], [20, 20])
    for (const process of processes) process.abandon()
  })
})
