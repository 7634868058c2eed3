import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flows } from './flows.ts'
import { workflows } from './index.ts'

test('the sandbox has the flow of every workflow, and no other', () => {
  const listed = workflows.map(({ contract: { name, version }, flow }) => [`${name}@${version}`, flow] as const)
  assert.deepEqual(Object.keys(flows).toSorted(), listed.map(([name]) => name).toSorted())
  for (const [name, flow] of listed) assert.equal(flows[name], flow, `${name} is another function in flows.ts`)
})
