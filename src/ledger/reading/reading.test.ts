import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { openOrderWorld, type OrderWorld } from '../../../test/support/order-world.ts'
import type { RunId } from '../ids.ts'
import { migrate } from '../migrate.ts'
import { listUnsettledEffects } from './effects.ts'
import { readLedgerTime } from './ledger-time.ts'
import { findPerson, readPeople, readPolicies, readTenant } from './organisation.ts'
import { listRuns, readRun } from './runs.ts'

onBothDatabases('Reading the ledger', (database) => {
  let w: OrderWorld
  let other: OrderWorld
  let doubtful: RunId
  let cancelled: RunId
  let waiting: RunId

  before(async () => {
    await migrate(database())
    other = await openOrderWorld(database())
    await other.ordered()
    await other.world.close()
    w = await openOrderWorld(database())
    w.world.faults.set('whatsapp', ['unknown, acted'])
    doubtful = await w.ordered('in doubt')
    for (const by of ['manager', 'legal']) await w.world.decide(doubtful, by, 'approve', { value: { budget: 'ops' } })
    await w.world.signal(doubtful, 'placed', { reference: 'e' })
    cancelled = await w.ordered('cancelled')
    await w.world.cancel(cancelled)
    waiting = await w.ordered('waiting')
  })
  after(() => w.world.close())

  const list = async (filter?: Parameters<typeof listRuns>[2]) =>
    (await listRuns(database(), w.world.tenant, filter)).runs.map(({ id }) => id)

  it('lists the runs of the tenant alone, newest first, filtered and page by page', async () => {
    assert.deepEqual(await list(), [waiting, cancelled, doubtful])
    assert.deepEqual(await list({ status: 'ended' }), [cancelled])
    assert.deepEqual(await list({ workflow: 'another' }), [])
    assert.deepEqual(await list({ requester: 'manager' }), [])
    const first = await listRuns(database(), w.world.tenant, { limit: 2 })
    const second = await listRuns(database(), w.world.tenant, { limit: 2, after: first.next })
    assert.deepEqual([first.runs.length, second.runs.map(({ id }) => id), second.next], [2, [doubtful], undefined])
  })

  it('tells everything of a run as plain JSON', async () => {
    const run = await readRun(database(), w.world.tenant, doubtful)
    assert.ok(run)
    assert.deepEqual(JSON.parse(JSON.stringify(run)), run)
    assert.deepEqual([run.status, run.workflow, run.requester, run.result], ['waiting', 'order', 'requester', null])
    assert.deepEqual(
      run.records.map(({ seq, key, outcome }) => `${seq} ${key} ${outcome}`),
      ['1 open value', '2 approval value', '3 place value', '4 placed value'],
    )
    assert.deepEqual(
      run.effects.map(({ key, state, attempt }) => `${key} ${state} ${attempt}`),
      ['open done 1', 'place done 1', 'tell in_doubt 1'],
    )
    assert.deepEqual(
      run.receipts.map(({ key, action }) => `${key} ${action}`),
      ['open open_order', 'place place_order'],
    )
    assert.deepEqual(
      run.tasks.map(({ gate, state, decisions }) => [gate, state, decisions.length]),
      [['approval', 'approved', 2]],
    )
    assert.deepEqual(
      run.signals.map(({ kind, name, consumedBy }) => [kind, name, consumedBy]),
      [
        ['decision', 'approval', 'approval'],
        ['signal', 'placed', 'placed'],
      ],
    )
    assert.equal(run.audit[0]?.what, 'run.created')
    assert.equal(run.audit[0]?.at, w.world.now)
    const wait = await readRun(database(), w.world.tenant, waiting)
    assert.deepEqual(
      wait?.waits.map(({ kind, dueAt }) => [kind, dueAt]),
      [['gate', w.world.now + 3 * 86_400_000]],
    )
  })

  it('shows nothing of another tenant', async () => {
    assert.equal(await readRun(database(), other.world.tenant, doubtful), undefined)
    assert.deepEqual(await listUnsettledEffects(database(), other.world.tenant), [])
    const people = await readPeople(database(), other.world.tenant)
    assert.deepEqual([people.length, (await readPolicies(database(), 'nobody')).length], [8, 0])
    assert.equal(await findPerson(database(), 'nobody', 'manager'), undefined)
    assert.equal(await readTenant(database(), 'nobody'), undefined)
  })

  it('lists the effects that wait for a person', async () => {
    const effects = await listUnsettledEffects(database(), w.world.tenant)
    assert.deepEqual(
      effects.map(({ run, key, state, problem }) => [run, key, state, problem]),
      [[doubtful, 'tell', 'in_doubt', 'NOT_SEEN: no status came']],
    )
  })

  it("tells the time by the ledger's clock", async () => {
    assert.equal(await readLedgerTime(database()), w.world.now)
  })
})
