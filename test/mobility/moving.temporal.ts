/** What may happen around a move: a word that comes meanwhile, a process that dies, a deadline, a cluster that is not told yet. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Connection } from '@temporalio/client'
import { moveRun } from '../../src/engine/commands/move-run.ts'
import { hours } from '../../src/flow/time.ts'
import type { RunId } from '../../src/ledger/ids.ts'
import type { WaitView } from '../../src/ledger/reading/run-view.ts'
import { askForMove, type Side } from '../../src/ledger/requests/moves.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import { openCluster, type TestCluster } from '../conformance/on-temporal.ts'
import { played } from '../conformance/scenarios.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { application } from '../workflows/partner-approval-lives.ts'
import { openBoth } from './both-engines.ts'

describe('Around a move', () => {
  const database = ledgerForSuite('postgres')
  let cluster: TestCluster
  let connection: Connection
  before(async () => {
    cluster = await openCluster(new URL('../conformance/sandbox.ts', import.meta.url))
    connection = await Connection.connect({ address: cluster.address })
  })
  after(async () => {
    await connection.close()
    await cluster.close()
  })

  const open = () =>
    TestWorld.open({
      ...played,
      database: database(),
      sides: ['local', 'temporal'],
      openEngine: (settings) => openBoth(cluster, settings),
    })
  /** Commits the move as a process does that dies right after it: nobody is told. */
  const movedBy = (world: TestWorld, run: RunId, to: Side) =>
    database().transaction({ role: 'engine' }, (session) =>
      askForMove(session, { tenant: world.tenant, person: 'operator', source: 'test' }, run, {
        to,
        loadable: ['partner-approval@1'],
        why: 'a test',
      }),
    )
  const engineOf = async (run: TestRun) => (await run.view()).engine
  const deadlines = ({ key, dueAt }: WaitView) => ({ key, dueAt })

  /** What Temporal says of a stay there: 1 is running, 2 completed. Asked below the client, which cannot open the summaries. */
  async function statusOf(run: RunId, epoch: number): Promise<number | null | undefined> {
    const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution: { workflowId: `${run}.${epoch}` },
    })
    return workflowExecutionInfo?.status
  }

  async function untilOver(run: RunId, epoch: number): Promise<void> {
    for (let turn = 0; turn < 300; turn += 1) {
      if ((await statusOf(run, epoch)) === 2) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.fail(`the workflow ${run}.${epoch} does not end`)
  }

  test('the workflow left behind ends by itself, and nobody is left to be told', async () => {
    await using world = await open()
    const run = await world.start('partner-approval', application)
    await run.moveTo('temporal')
    assert.equal(await statusOf(run.id, 2), 1)
    await run.moveTo('local')
    await untilOver(run.id, 2)
    const left = await database().engine.query({ name: '', text: 'select run from sijil.left_behind' })
    assert.deepEqual(left, [])
  })

  test('deadlines stay where they are, and the new side keeps them', async () => {
    await using world = await open()
    const run = await world.start('partner-approval', application)
    const was = (await run.view()).waits.map(deadlines)
    await world.advance(hours(1))
    await run.moveTo('temporal')
    assert.deepEqual((await run.view()).waits.map(deadlines), was)
    const [due] = was.flatMap(({ dueAt }) => dueAt ?? [])
    assert.ok(due !== undefined)
    await world.advanceTo(due - 1)
    assert.equal((await run.view()).status, 'waiting', 'not early')
    await world.advanceTo(due)
    const expired = (await run.view()).tasks.find(({ gate }) => gate === 'managerReview')
    assert.notEqual(expired?.state, 'open')
  })

  test('a decision that comes before the new side has taken the run up is taken once', async () => {
    await using world = await open()
    const run = await world.start('partner-approval', application)
    await moveRun(world.parts, actor(world.tenant, 'operator'), { run: run.id, to: 'temporal', why: 'a test' })
    await run.approveAs('manager')
    const { engine, records } = await run.view()
    assert.equal(engine, 'temporal')
    assert.equal(records.filter(({ name }) => name === 'managerReview').length, 1)
    await moveRun(world.parts, actor(world.tenant, 'operator'), { run: run.id, to: 'local', why: 'a test' })
    await run.rejectAs('legal', 'not like this')
    assert.deepEqual([(await run.view()).outcome, await engineOf(run)], ['rejected', 'local'])
    assert.equal(new Set(world.vendors.acts.map(({ key }) => key)).size, world.vendors.acts.length)
  })

  for (const [from, to] of [
    ['local', 'temporal'],
    ['temporal', 'local'],
  ] as const)
    test(`a process that dies right after the commit of a move to ${to} leaves the run there`, async () => {
      await using world = await open()
      const run = await world.start('partner-approval', application)
      if (from === 'temporal') await run.moveTo('temporal')
      assert.equal(await movedBy(world, run.id, to), 'MOVED')
      await world.reopen()
      await run.rejectAs('manager', 'not now')
      const view = await run.view()
      assert.deepEqual([view.outcome, view.undo, view.engine], ['rejected', 'compensated', to])
      assert.equal(new Set(world.vendors.acts.map(({ key }) => key)).size, world.vendors.acts.length)
    })

  test('a process that dies before the commit of a move leaves the run where it was', async () => {
    await using world = await open()
    const run = await world.start('partner-approval', application)
    const died = database().transaction({ role: 'engine' }, async (session) => {
      const by = { tenant: world.tenant, person: 'operator', source: 'test' }
      const move = { to: 'temporal', loadable: ['partner-approval@1'], why: 'a test' } as const
      assert.equal(await askForMove(session, by, run.id, move), 'MOVED')
      throw new Error('the process died')
    })
    await assert.rejects(died, /the process died/)
    await world.reopen()
    await run.rejectAs('manager', 'not now')
    assert.deepEqual([(await run.view()).outcome, await engineOf(run)], ['rejected', 'local'])
  })
})
