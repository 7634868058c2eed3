/** A run belongs to those workers that have its version: any other leaves it as it is. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Connection } from '@temporalio/client'
import type { WorkflowBundleOption } from '@temporalio/worker'
import { sendSignal } from '../../src/engine/commands/send-signal.ts'
import { definitions } from '../../src/engine/definitions.ts'
import { bundleFlows } from '../../src/engine/temporal/bundle.ts'
import { countUnloadable } from '../../src/ledger/load-runs.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { TestWorld } from '../../src/testing/index.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { openCluster, type TestCluster } from './on-temporal.ts'
import { played } from './scenarios.ts'

describe('A worker that does not have the version of a run', () => {
  const database = ledgerForSuite('postgres')
  let cluster: TestCluster
  let connection: Connection
  let noFlows: WorkflowBundleOption
  before(async () => {
    cluster = await openCluster(new URL('sandbox.ts', import.meta.url))
    connection = await Connection.connect({ address: cluster.address })
    noFlows = await bundleFlows(fileURLToPath(new URL('no-flows.ts', import.meta.url)))
  })
  after(async () => {
    await connection.close()
    await cluster.close()
  })

  test('leaves it untouched, in the ledger and on the cluster, until one is there that has it', {
    timeout: 60_000,
  }, async () => {
    let isOther = false
    await using world = await TestWorld.open({
      ...played,
      database: database(),
      placement: 'temporal',
      openEngine: (settings) =>
        isOther
          ? cluster.openEngine({ ...settings, definitions: definitions([]) }, undefined, noFlows)
          : cluster.openEngine(settings),
    })
    const run = await world.start('words', { id: 'drill', items: [] })
    await run.runUntil('reply')

    isOther = true
    await world.reopen()
    const first = { run: run.id, signal: 'reply', payload: { text: 'first' }, id: 'first' }
    await sendSignal(world.parts, actor(world.tenant, 'operator'), first)
    const untouched = await run.view()
    assert.equal(await countUnloadable(database(), []), 1, 'it is seen that nobody has it')

    // As if a worker that has it had told the cluster, and then left.
    const workflow = workflowOf(connection, `${run.id}.1`)
    await workflow.signal()
    assert.match(await workflow.whyGivenBack(), /cannot load words@1/, 'its history cannot be replayed')
    await workflow.startAgain()
    assert.match(await workflow.whyGivenBack(), /cannot load words@1/, 'its memory cannot be read')
    assert.deepEqual(await run.view(), untouched)

    isOther = false
    await world.reopen()
    await run.approveAs('legal')
    await run.signal('reply', { text: 'second' })
    assert.equal(await run.outcome(), 'completed')
    assert.deepEqual(
      world.vendors.acts.map(({ key }) => key),
      [`${run.id}/mail`],
    )
  })
})

/** A workflow as the cluster has it: asked below the client, which cannot open what is sealed. */
function workflowOf({ workflowService }: Connection, workflowId: string) {
  const namespace = 'default'
  const execution = { workflowId }
  const events = async () =>
    (await workflowService.getWorkflowExecutionHistory({ namespace, execution })).history?.events ?? []
  return {
    signal: () =>
      workflowService.signalWorkflowExecution({ namespace, workflowExecution: execution, signalName: 'news' }),

    /** The same workflow from its beginning. */
    async startAgain(): Promise<void> {
      const [started] = await events()
      const {
        taskQueue = null,
        input = null,
        workflowType = null,
      } = started?.workflowExecutionStartedEventAttributes ?? {}
      await workflowService.terminateWorkflowExecution({ namespace, workflowExecution: execution })
      const requestId = `${workflowId} again`
      await workflowService.startWorkflowExecution({ namespace, workflowId, workflowType, taskQueue, input, requestId })
    },

    /** What a worker said that gave the workflow back, once one has; empty when none does. */
    async whyGivenBack(): Promise<string> {
      for (let turn = 0; turn < 300; turn += 1) {
        const failed = (await events()).findLast((event) => event.workflowTaskFailedEventAttributes)
        if (failed !== undefined) return failed.workflowTaskFailedEventAttributes?.failure?.message ?? ''
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return ''
    },
  }
}
