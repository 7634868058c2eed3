import assert from 'node:assert/strict'
import { before, beforeEach, describe, test } from 'node:test'
import { claimRuns, freeLeases, readSoonest, renewLeases } from '../../src/ledger/load-runs.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import { aRecord, following, LEASE_MS, LedgerWorld, NOW } from './ledger-world.ts'

onBothDatabases('Leases', (database) => {
  let world: LedgerWorld
  before(() => migrate(database()))
  beforeEach(async () => {
    // A run of another test is not due here.
    if (world !== undefined) await world.sql("update sijil.runs set due_ms = 9e15 where status <> 'ended'")
    world = await LedgerWorld.open(database())
  })

  const claim = (worker: string, loadable: readonly string[] = ['deal@1'], limit = 100) =>
    claimRuns(database(), { worker, leaseMs: LEASE_MS, limit, loadable })
  const ready = async (count: number) => {
    const writer = world.writer('first')
    const patches = Array.from({ length: count }, () => world.creating({ next: { status: 'ready', due: NOW } }))
    await Promise.all(patches.map((patch) => writer.commit(patch)))
    return patches
  }

  test('a run that is held is nobody else’s until its lease has run out', async () => {
    const writer = world.writer('first')
    const patch = world.creating()
    await writer.commit(patch)
    await world.setClock(NOW + LEASE_MS - 1)
    assert.deepEqual(await claim('second'), [])
    await world.setClock(NOW + LEASE_MS)
    const [taken] = await claim('second')
    assert.deepEqual([taken?.id, taken?.epoch], [patch.run, 2])
    assert.deepEqual(await writer.commit(following(patch, { records: [aRecord('a', 1)] })), { kind: 'fenced' })
    const audit = await world.sql("select old, new from sijil.audit where run = $1 and what = 'run.taken_over'", [
      patch.run,
    ])
    assert.deepEqual(audit, [{ old: 'first', new: 'second' }])
  })

  test('a write extends a lease that is half over', async () => {
    const writer = world.writer('first')
    const patch = world.creating()
    await writer.commit(patch)
    await world.setClock(NOW + LEASE_MS - 1)
    await writer.commit(following(patch, { records: [aRecord('a', 1)] }))
    await world.setClock(NOW + LEASE_MS)
    assert.deepEqual(await claim('second'), [])
  })

  test('renewal extends the leases that are still ours, and names those that are lost', async () => {
    const [kept, lost, foreign] = await ready(3)
    if (kept === undefined || lost === undefined || foreign === undefined) return assert.fail('three runs were made')
    const held = await claim('first')
    await world.setClock(NOW + LEASE_MS)
    await world.sql("update sijil.runs set epoch = epoch + 1, worker = 'second' where id = $1", [lost.run])
    await world.sql("update sijil.runs set worker = 'second' where id = $1", [foreign.run])
    const names = await renewLeases(database(), 'first', LEASE_MS, held)
    assert.deepEqual([...names].toSorted(), [lost.run, foreign.run].toSorted())
    await world.setClock(NOW + 2 * LEASE_MS - 1)
    assert.deepEqual((await claim('third')).map(({ id }) => id).toSorted(), [lost.run, foreign.run].toSorted())
  })

  test('workers that claim at the same time never get one run twice', async () => {
    const made = await ready(60)
    const rounds = await Promise.all(Array.from({ length: 12 }, (_, index) => claim(`worker-${index}`, ['deal@1'], 10)))
    const ids = rounds.flat().map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const left = (await claim('last')).map(({ id }) => id)
    assert.deepEqual([...ids, ...left].toSorted(), made.map(({ run }) => run).toSorted())
  })

  test('a run whose version a worker cannot load is neither claimed nor due for it', async () => {
    await ready(1)
    for (const loadable of [['deal@2'], ['other@1'], []]) {
      assert.deepEqual(await claim('first', loadable), [])
      assert.equal((await readSoonest(database(), loadable)).due, null)
    }
    assert.equal((await readSoonest(database(), ['deal@1'])).due, NOW)
    assert.equal((await claim('first')).length, 1)
  })

  test('a look ahead ends after an hour, so that it does not read every run that waits for longer', async () => {
    const HOUR = 3_600_000
    const later = world.creating({ next: { status: 'ready', due: NOW + HOUR + 1 } })
    await world.writer('first').commit(later)
    assert.equal((await readSoonest(database(), ['deal@1'])).due, null)
    await world.setClock(NOW + 1)
    assert.equal((await readSoonest(database(), ['deal@1'])).due, NOW + HOUR + 1)
  })

  test('the one process of an embedded ledger takes up at once what the process before it held', async () => {
    const patch = world.creating()
    await world.writer('died').commit(patch)
    await freeLeases(database())
    const taken = (await claim('next')).find(({ id }) => id === patch.run)
    assert.equal(taken?.epoch, 2)
  })
})

describe('Two claims while a run is locked', () => {
  const database = ledgerForSuite('postgres')

  test('pass it over, and never both get it', async () => {
    const world = await LedgerWorld.open(database())
    const { run } = world.creating()
    await world.writer('first').commit({ ...world.creating({ next: { status: 'ready', due: NOW } }), run })
    const settled: string[] = []
    const claim = async (worker: string) => {
      const taken = await claimRuns(database(), { worker, leaseMs: LEASE_MS, limit: 10, loadable: ['deal@1'] })
      settled.push(worker)
      return taken.map(({ id }) => id)
    }
    let claims: Promise<readonly (readonly string[])[]> = Promise.resolve([])
    await database().transaction({ role: 'owner' }, async (session) => {
      await session.query({ name: '', text: 'select from sijil.runs where id = $1 for update' }, [run])
      claims = Promise.all([claim('one'), claim('two')])
      const waiting = async () =>
        (
          await world.sql(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          )
        ).length
      while (settled.length + (await waiting()) < 2);
    })
    assert.deepEqual(await claims, [[], []])
    assert.deepEqual(await claim('three'), [run])
  })
})
