import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPathsThatPackingBreaks, findWorkflowNames } from './names.ts'
import { filesOf, isTest, isTypeScript, read } from './repository.ts'
import { isWorkflow } from './workflow-purity.ts'

const sources = filesOf().filter((path) => path.startsWith('src/') && isTypeScript(path) && !isTest(path))
const workflows = new Set(sources.filter(isWorkflow).map((path) => path.split('/').at(-2) ?? ''))

test('no engine knows a workflow by its name', () => {
  const engines = sources.filter((path) => path.startsWith('src/engine/'))
  assert.deepEqual(
    engines.flatMap((path) => findWorkflowNames(path, read(path), workflows)),
    [],
  )
})

test('a name in a string is a name, in a comment it is not', () => {
  const known = new Set(['partner-approval'])
  assert.equal(findWorkflowNames('a.ts', "if (run.workflow === 'partner-approval') stop()", known).length, 1)
  assert.equal(findWorkflowNames('a.ts', 'const key = `partner-approval`', known).length, 1)
  assert.deepEqual(findWorkflowNames('a.ts', '// as partner-approval does\nconst kind = "partner"', known), [])
})

test('no module looks for a source that the packed package has compiled away', () => {
  assert.deepEqual(
    sources.flatMap((path) => findPathsThatPackingBreaks(path, read(path))),
    [],
  )
})

test('a path to a source is found, an import is not', () => {
  assert.equal(findPathsThatPackingBreaks('a.ts', "new Worker(new URL('./worker.ts', import.meta.url))").length, 1)
  const fine = [
    "import { a } from './a.ts'",
    "await import('./a.ts')",
    "type A = import('./a.ts').A",
    "declare module './a.ts' {}",
    "new URL(packed ? './worker.js' : './worker.ts', base)",
  ]
  for (const text of fine) assert.deepEqual(findPathsThatPackingBreaks('a.ts', text), [], text)
})
