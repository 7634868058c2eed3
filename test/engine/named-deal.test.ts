import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/engine/commands/refusal.ts'
import { listRuns } from '../../src/ledger/reading/runs.ts'
import { TestWorld } from '../../src/testing/index.ts'
import { drillPolicies, drillWorkflows } from '../conformance/drill/workflows.ts'

test('a run whose deal bears what may be the name of a person is not started', async () => {
  await using world = await TestWorld.open({ workflows: drillWorkflows, policies: drillPolicies })
  await assert.rejects(world.start('council', { id: 'Sara Al-Otaibi', items: [] }), (error) => {
    assert.ok(error instanceof Refusal)
    assert.deepEqual([error.code, error.issues.map(({ path }) => path)], ['INVALID_VALUE', ['id']])
    assert.doesNotMatch(JSON.stringify([error.words, error.issues]), /Sara/)
    return true
  })
  assert.deepEqual((await listRuns(world.database, world.tenant)).runs, [])
  await world.start('council', { id: 'nakheel-2026', items: [] })
})
