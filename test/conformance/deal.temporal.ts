/** An operator finds in Temporal what belongs to a deal. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Connection } from '@temporalio/client'
import { TestWorld } from '../../src/testing/index.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { openCluster, type TestCluster } from './on-temporal.ts'
import { played } from './scenarios.ts'

describe('A run on Temporal that names its deal', () => {
  const database = ledgerForSuite('postgres')
  let cluster: TestCluster
  let connection: Connection
  before(async () => {
    cluster = await openCluster(new URL('sandbox.ts', import.meta.url))
    connection = await Connection.connect({ address: cluster.address })
  })
  after(async () => {
    await connection.close()
    await cluster.close()
  })

  /** The workflows that a query finds, once they are so many: the list follows a moment later. */
  async function found(query: string, count: number): Promise<readonly (string | null | undefined)[]> {
    for (let turn = 0; ; turn += 1) {
      const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace: 'default', query })
      if (executions?.length === count || turn === 200)
        return (executions ?? []).map((one) => one.execution?.workflowId)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  test('is found by it, and by no other', { timeout: 60_000 }, async () => {
    await using world = await TestWorld.open({
      ...played,
      database: database(),
      placement: 'temporal',
      openEngine: (settings) => cluster.openEngine(settings),
    })
    const one = await world.start('council', { id: 'nakheel-2026', items: [] })
    const other = await world.start('words', { id: 'nakheel-2026', items: [] })
    const third = await world.start('council', { id: 'rimal-2026', items: [] })
    const ids = await found(`SijilDeal = 'nakheel-2026' and SijilTenant = '${world.tenant}'`, 2)
    assert.deepEqual(new Set(ids), new Set([one, other].map(({ id }) => `${id}.1`)))
    assert.deepEqual(await found(`SijilDeal = 'rimal-2026'`, 1), [`${third.id}.1`])
  })
})
