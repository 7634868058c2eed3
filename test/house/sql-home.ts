/** SQL lives in the ledger and nowhere else: only there are lock order, fencing and tenants looked after. */
import type { Node } from 'oxc-parser'
import { type Finding, finding } from './repository.ts'
import { parse, walk } from './syntax.ts'

/** Statements are written in one case from their first word on; a sentence ("Select a partner from …") is not. */
const statements = [
  /^\s*select\b[\s\S]*\bfrom\b/,
  /^\s*with\s+(recursive\s+)?\w+\s+as\s*\(/,
  /\binsert\s+into\s+\w+/,
  /\bupdate\s+[\w."]+\s+set\b/,
  /\bdelete\s+from\s+\w+/,
  /\b(create|alter|drop)\s+(table|index|role|policy|schema|function|view)\s+\w+/,
  /^\s*set\s+(local\s+)?role\b/,
]
const shouted = /\b(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|SET)\b/

const isSql = (text: string): boolean => {
  const quiet = shouted.test(text) ? text.toLowerCase() : text
  return statements.some((statement) => statement.test(quiet))
}

export function findSql(path: string, text: string): readonly Finding[] {
  const source = parse(path, text)
  const found: Finding[] = []
  walk(source.program, (node) => {
    const written = textOf(node)
    if (written !== undefined && isSql(written)) {
      found.push(finding(path, source.lineOf(node.start), `SQL outside src/ledger: ${written.trim().slice(0, 40)}`))
    }
  })
  return found
}

/** A string, or a template with its holes closed up. */
function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral') return node.quasis.map((quasi) => quasi.value.raw).join(' ? ')
  return undefined
}
