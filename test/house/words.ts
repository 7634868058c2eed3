/** Rules about names, casts and leftovers that no linter of ours knows. */
import type { Node } from 'oxc-parser'
import { type Finding, finding } from './repository.ts'
import { parse, walk } from './syntax.ts'

const drawer = /(^|[/.-])(utils?|helpers?|misc|common|stuff)([/.-]|$)/i

/** A file is named for the one thing it holds. */
export const isDrawer = (path: string): boolean => drawer.test(path)

/** A cast turns the compiler off, so its reason stands beside it: from the line above its statement to its own last line. */
export function findBareCasts(path: string, text: string): readonly Finding[] {
  const { program, comments, lineOf } = parse(path, text)
  const explained = new Set(comments.flatMap(({ start, end }) => linesBetween(lineOf(start), lineOf(end))))
  const statements: Node[] = []
  const found: Finding[] = []
  walk(program, (node) => {
    if (/(?<!Block)Statement$|Declaration$|^Property/.test(node.type)) statements.push(node)
    if (node.type !== 'TSAsExpression') return
    if (text.slice(node.typeAnnotation.start, node.typeAnnotation.end) === 'const') return
    // Parents come first, so the last one that still holds the cast is the nearest.
    const statement = statements.findLast(({ start, end }) => start <= node.start && node.end <= end) ?? node
    const lines = linesBetween(lineOf(statement.start) - 1, lineOf(node.end))
    if (!lines.some((line) => explained.has(line)))
      found.push(finding(path, lineOf(node.end), 'a cast without its reason'))
  })
  return found
}

const linesBetween = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** A test that asserts nothing passes whatever happens. Suites that are shared bring their own assertions. */
export function assertsSomething(path: string, text: string): boolean {
  let asserts = false
  walk(parse(path, text).program, (node) => {
    if (node.type === 'CallExpression' && /^(assert|t\.assert|fc\.assert)\b/.test(text.slice(node.start, node.end)))
      asserts = true
    if (node.type === 'ImportDeclaration' && /(suite|conformance)\.ts$/.test(node.source.value)) asserts = true
  })
  return asserts
}

/** `test.only` would leave the others out without a word. */
export function findOnly(path: string, text: string): readonly Finding[] {
  const { program, lineOf } = parse(path, text)
  const found: Finding[] = []
  walk(program, (node) => {
    if (node.type !== 'CallExpression') return
    if (/^(test|it|suite|describe)\.only\b/.test(text.slice(node.start, node.end))) {
      found.push(finding(path, lineOf(node.start), 'only'))
    }
  })
  return found
}
