/** Values of parameters; one that is optional and not given is not among them. */
export type Values = Readonly<Record<string, string | number | boolean>>

const PLACEHOLDER = /\{([A-Za-z0-9]+)\}/g

/** The parameters that a template names, at any depth. */
export function placeholdersIn(template: unknown): readonly string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name)
  return typeof template === 'object' && template !== null ? Object.values(template).flatMap(placeholdersIn) : []
}

/** A value stays one part of the path, but for `.` and `..`, which nobody can hide from a web address: they are refused before. */
export const pathWith = (path: string, values: Values): string =>
  path.replaceAll(PLACEHOLDER, (_, name: string) => encodeURIComponent(String(values[name] ?? '')))

/** Entries with a parameter that was not given are left out. */
export const queryWith = (query: Readonly<Record<string, string>>, values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, template]) => {
      const value = filled(template, values)
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )

/** A text that is one placeholder becomes its value, a number stays a number; fields without a value are left out. */
export function bodyWith(template: unknown, values: Values): unknown {
  if (typeof template === 'string') return filled(template, values)
  if (Array.isArray(template))
    return template.map((item) => bodyWith(item, values)).filter((item) => item !== undefined)
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(
    Object.entries(template)
      .map(([name, part]) => [name, bodyWith(part, values)] as const)
      .filter(([, value]) => value !== undefined),
  )
}

function filled(template: string, values: Values): string | number | boolean | undefined {
  const names = placeholdersIn(template)
  if (names.some((name) => values[name] === undefined)) return undefined
  if (names.length === 1 && template === `{${names[0] ?? ''}}`) return values[names[0] ?? '']
  return template.replaceAll(PLACEHOLDER, (_, name: string) => String(values[name]))
}
