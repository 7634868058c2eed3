/** The syntax of a TypeScript file, read with a real parser: a rule that a comment or a string can fool is no rule. */
import { type Comment, type Node, type Program, parseSync, visitorKeys } from 'oxc-parser'

export interface Source {
  readonly program: Program
  readonly comments: readonly Comment[]
  /** The line, from 1, of an offset. */
  readonly lineOf: (offset: number) => number
}

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean
  /** `import()`: read when it is come to, not before. */
  readonly isDynamic: boolean
}

/** Where a node hangs: its parent, and the field of the parent that holds it. */
export interface Place {
  readonly parent: Node | undefined
  readonly field: string
}

/** Throws when the text is not TypeScript. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text, { preserveParens: false })
  const first = errors[0]
  if (first !== undefined) throw new SyntaxError(`${path}: ${first.message}`)
  return { program, comments, lineOf: (offset) => text.slice(0, offset).split('\n').length }
}

/** Calls `visit` for every node, parents first. */
export function walk(
  node: Node,
  visit: (node: Node, place: Place) => void,
  place: Place = { parent: undefined, field: '' },
): void {
  visit(node, place)
  for (const field of visitorKeys[node.type] ?? []) {
    // The parser's own table says that this field holds nodes; TypeScript cannot follow a computed name.
    const held = (node as unknown as Readonly<Record<string, readonly (Node | null)[] | Node | null | undefined>>)[
      field
    ]
    const children = held === undefined || held === null || 'type' in held ? [held] : held
    for (const child of children) {
      if (child !== null && child !== undefined) walk(child, visit, { parent: node, field })
    }
  }
}

/** Every import: `import`, `import type`, `export … from`, `import()`, and the type `import('…')`. */
export function importsOf({ program, lineOf }: Source): readonly Import[] {
  const found: Import[] = []
  walk(program, (node) => {
    const add = (specifier: string, typeOnly: boolean, isDynamic = false) =>
      found.push({ specifier, line: lineOf(node.start), typeOnly, isDynamic })
    switch (node.type) {
      case 'ImportDeclaration':
        // `import { type A }` keeps the import at run time (verbatimModuleSyntax); only `import type` leaves nothing.
        add(node.source.value, node.importKind === 'type')
        break
      case 'ExportAllDeclaration':
        add(node.source.value, node.exportKind === 'type')
        break
      case 'ExportNamedDeclaration':
        if (node.source !== null) add(node.source.value, node.exportKind === 'type')
        break
      case 'TSImportType':
        add(node.source.value, true)
        break
      case 'ImportExpression':
        add(textOf(node.source) ?? '(computed)', false, true)
        break
      default:
    }
  })
  return found
}

const textOf = (node: Node): string | undefined =>
  node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
