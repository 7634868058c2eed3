import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Connection } from '@temporalio/client'
import { workflow } from '../../src/flow/workflow.ts'
import { TestWorld } from '../../src/testing/index.ts'
import { drillContract } from '../conformance/drill/contract.ts'
import * as steps from '../conformance/drill/steps.ts'
import { drillPolicies } from '../conformance/drill/workflows.ts'
import { openCluster } from '../conformance/on-temporal.ts'
import { openTestDatabase } from '../support/databases.ts'
import { openBoth } from './both-engines.ts'
import { bulky, RESULT_BYTES, RESULTS } from './bulky-flow.ts'

test('a run with more results than one payload may have moves, and is given them in pages', async () => {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.adopt(await openCluster(new URL('bulky-sandbox.ts', import.meta.url)), (one) => one.close())
  const database = stack.adopt(await openTestDatabase('postgres'), (one) => one.close())
  const world = stack.use(
    await TestWorld.open({
      database,
      workflows: [workflow({ contract: drillContract('bulky'), steps, flow: bulky })],
      policies: drillPolicies,
      sides: ['local', 'temporal'],
      openEngine: (settings) => openBoth(cluster, settings),
    }),
  )
  const run = await world.start('bulky', { id: 'a', items: [] })
  await run.moveTo('temporal')
  await run.signal('reply', { text: 'go on' })
  const { outcome, result, engine, records } = await run.view()
  assert.deepEqual([outcome, engine], ['completed', 'temporal'])
  assert.deepEqual(result, { length: RESULTS * (RESULT_BYTES + 'saw '.length) })
  assert.equal(records.filter(({ name }) => name === 'look').length, RESULTS)

  const connection = stack.adopt(await Connection.connect({ address: cluster.address }), (one) => one.close())
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId: `${run.id}.2` },
  })
  const events = history?.events ?? []
  const markers = events.filter(({ markerRecordedEventAttributes }) => markerRecordedEventAttributes)
  assert.ok(markers.length < RESULTS, `${markers.length} errands were needed for ${RESULTS} results`)
  assert.deepEqual(
    events.filter(({ activityTaskScheduledEventAttributes }) => activityTaskScheduledEventAttributes),
    [],
  )
})
