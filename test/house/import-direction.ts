/** Which room of src/ may import which. Imports point downwards only; this table is the architecture, as data. */
import { posix } from 'node:path'
import { type Finding, finding, isTest } from './repository.ts'
import { type Import, importsOf, parse } from './syntax.ts'

const everything = [
  'cli',
  'http',
  'composition',
  'seed',
  'outgoing-webhooks',
  'workflows',
  'inventory',
  'decisions',
  'trust',
  'compliance',
  'metrics',
  'connectors',
  'engine',
  'ledger',
  'flow',
] as const
const belowTheParts = ['engine', 'ledger', 'flow'] as const
const parts = ['decisions', 'trust', 'compliance', 'metrics', 'connectors'] as const

/** A room may import itself and what stands here, and nothing else of src/. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  // The faces compose the rooms; nobody imports a face but the process's entry and the front doors.
  'main.ts': everything,
  'index.ts': everything,
  testing: everything,
  cli: everything.filter((room) => room !== 'cli'),
  http: everything.filter((room) => room !== 'cli' && room !== 'http'),
  // Joins the rooms into a running whole, for the faces.
  composition: everything.filter((room) => room !== 'cli' && room !== 'http' && room !== 'composition'),
  // A sample organisation: rows and keys, no workflow.
  seed: ['decisions', 'trust', ...belowTheParts],
  // Tells systems of customers what the ledger has on record.
  'outgoing-webhooks': ['trust', 'connectors', ...belowTheParts],
  // What the organisation does.
  workflows: ['inventory', ...parts, ...belowTheParts],
  // The placement rule and the audits see definitions as values, never a workflow by name.
  inventory: [...parts, ...belowTheParts],
  // The parts that workflows are made of stand side by side: what two of them share belongs in a room below.
  decisions: belowTheParts,
  trust: belowTheParts,
  compliance: belowTheParts,
  metrics: belowTheParts,
  connectors: belowTheParts,
  // Drives flows. It sees the outside world only through what it is given.
  engine: ['ledger', 'flow'],
  // The durable record knows the language's words, and nobody who drives it.
  ledger: ['flow'],
  // Pure: not even Node.
  flow: [],
}

/** Beside its room, a test may use the shared support of the suites; what crosses rooms belongs in test/. */
const openToTests = ['test/support/']
const testLibraries = new Set(['node:assert/strict', 'node:test', 'fast-check', 'zod'])

/** `src/engine/local/park.ts` stands in `engine`, `src/main.ts` in `main.ts`. */
export function roomOf(path: string): string | undefined {
  return path.startsWith('src/') ? path.split('/')[1] : undefined
}

export function findWrongImports(path: string, text: string): readonly Finding[] {
  return importsOf(parse(path, text)).flatMap((found) => {
    const objection = objectTo(path, found)
    return objection === undefined ? [] : [finding(path, found.line, `${objection} (${found.specifier})`)]
  })
}

function objectTo(path: string, { specifier }: Import): string | undefined {
  const room = roomOf(path)
  if (room === undefined) return undefined
  const allowed = mayImport[room]
  if (allowed === undefined) return `the room ${room} is not in the table of test/house/import-direction.ts`

  if (!specifier.startsWith('.')) {
    if (room !== 'flow' || (isTest(path) && testLibraries.has(specifier))) return undefined
    return 'flow is pure: no Node, no library'
  }
  const target = posix.join(posix.dirname(path), specifier)
  const targetRoom = roomOf(target)
  if (targetRoom === undefined) {
    if (target === 'package.json') return undefined // the version number
    if (isTest(path) && openToTests.some((folder) => target.startsWith(folder))) return undefined
    return 'src imports nothing from outside src'
  }
  if (targetRoom === room || allowed.includes(targetRoom)) return undefined
  return `${room} must not import ${targetRoom}`
}
