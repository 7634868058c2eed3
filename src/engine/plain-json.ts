/** What means anything to a workflow is flatter. Deeper values would end the stack of whoever walks them. */
const LEVELS_MAX = 100

/** An object with a field of such a name breaks whoever takes it for a text, a number or JSON, a schema library included. */
const HIDING: ReadonlySet<string> = new Set(['toString', 'valueOf', 'toJSON', '__proto__'])

/** Why a value from outside is not one to walk through, in English; undefined when it is. To be asked before any schema is. */
export function oddityOf(value: unknown, level = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (level >= LEVELS_MAX) return `may be nested ${LEVELS_MAX} levels deep`
  for (const [name, field] of Object.entries(value)) {
    if (HIDING.has(name)) return `may have no field called ${name}`
    const oddity = oddityOf(field, level + 1)
    if (oddity !== undefined) return oddity
  }
  return undefined
}
