/** Rules about names that stand in strings. */
import type { Node } from 'oxc-parser'
import { type Finding, finding } from './repository.ts'
import { type Place, parse, walk } from './syntax.ts'

/** Engines drive any flow: a string that is a workflow's name means that one of them knows better. */
export function findWorkflowNames(path: string, text: string, workflows: ReadonlySet<string>): readonly Finding[] {
  return findStrings(path, text, (value) => workflows.has(value), 'names a workflow')
}

/** The packed package holds `.js`, and the compiler rewrites imports only: whoever names `./worker.ts` names `./worker.js` too. */
export function findPathsThatPackingBreaks(path: string, text: string): readonly Finding[] {
  const namesSourceOnly = (value: string): boolean =>
    /^\.{1,2}\/.*\.ts$/.test(value) && !text.includes(`'${value.replace(/ts$/, 'js')}'`)
  return findStrings(path, text, namesSourceOnly, 'is not there once packed')
}

function findStrings(path: string, text: string, wrong: (value: string) => boolean, why: string): readonly Finding[] {
  const { program, lineOf } = parse(path, text)
  const found: Finding[] = []
  walk(program, (node, place) => {
    const value = namesModule(place) ? undefined : stringOf(node)
    if (value !== undefined && wrong(value)) found.push(finding(path, lineOf(node.start), `${value} ${why}`))
  })
  return found
}

/** The string names a module: an import, or `declare module '…'`. The compiler rewrites or drops these itself. */
const namesModule = ({ parent, field }: Place): boolean =>
  (field === 'source' && /^(Import|Export|TSImport)/.test(parent?.type ?? '')) ||
  (field === 'id' && parent?.type === 'TSModuleDeclaration')

function stringOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.raw
  return undefined
}
