import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, read } from './repository.ts'
import { findImpurities, isWorkflow } from './workflow-purity.ts'

const path = 'src/workflows/partners/partner-approval/workflow.ts'

test('every workflow.ts is deterministic as far as its source tells', () => {
  const workflows = filesOf().filter(isWorkflow)
  assert.deepEqual(
    workflows.flatMap((file) => findImpurities(file, read(file))),
    [],
  )
})

test('the rule knows a workflow by its place', () => {
  assert.ok(isWorkflow(path))
  assert.ok(!isWorkflow('src/workflows/partners/partner-approval/steps.ts'))
  assert.ok(!isWorkflow('src/flow/workflow.ts'))
})

const impure = [
  'const now = new Date()',
  'const now = Date.now()',
  'const chance = Math.random()',
  "const chance = Math['random']()",
  'const { random } = Math',
  'const now = performance.now()',
  'setTimeout(() => {}, 1)',
  "await fetch('https://example.com')",
  "const secret = process.env['KEY']",
  'await Promise.all([a, b])',
  'await Promise.race([a, b])',
  'await Promise.any([a, b])',
  'await Promise.allSettled([a, b])',
  'const wait = new Promise(() => {})',
  'const now = globalThis.Date.now()',
  'const id = crypto.randomUUID()',
  'const call = { fetch }',
  "import { z } from 'zod'",
  "import { terms } from './contract.ts'",
  "import { type Terms } from './contract.ts'",
  "import * as steps from './steps.ts'",
  "import { drive } from '../../../flow/manifest.ts'",
  "import './steps.ts'",
  "const steps = await import('./steps.ts')",
  "export { terms } from './contract.ts'",
  'const here = import.meta.url',
  'let shared = 0',
]
for (const text of impure) {
  test(`refuses: ${text}`, () => assert.equal(findImpurities(path, text).length, 1))
}

const pure = [
  "import { days, type Flow } from '../../../flow/index.ts'",
  "import type { Terms } from './contract.ts'\nimport type * as steps from './steps.ts'",
  'export async function approve(flow: PartnerFlow): Promise<Activation> { let round = 1; return flow.activate(round) }',
  'await flow.fetch({ process: 1, Date: 2 })',
  'const largest = Math.max(1, 2)',
  '// Date.now() would differ on replay\nconst text = "fetch"',
  'interface Times { readonly Date: string }',
  'await flow.both({ left: async (branch) => branch.pay() })',
]
for (const text of pure) {
  test(`allows: ${text.replaceAll('\n', ' ')}`, () => assert.deepEqual(findImpurities(path, text), []))
}
