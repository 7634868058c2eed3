/** Values that fit a JSON schema, and values that nearly do. Knows what our own schemas use, and no more. */
import fc from 'fast-check'
import { z } from 'zod'
import type { JsonSchema } from './described-api.ts'
import { hostileText, hostileValue, withField } from './hostile.ts'

const Schema = z.object({
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  required: z.array(z.string()).optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
})
type Schema = z.infer<typeof Schema>

/** Where a schema says nothing, anything fits. */
export function fitting(described: JsonSchema): fc.Arbitrary<unknown> {
  const schema = Schema.parse(described)
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const alternatives = schema.oneOf ?? schema.anyOf
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(fitting))
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
      return fc.integer({ min: bounded(schema.minimum, -1e9), max: bounded(schema.maximum, 1e9) })
    case 'number':
      return fc.double({ min: bounded(schema.minimum, -1e9), max: bounded(schema.maximum, 1e9), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 8),
      })
    case 'object':
      return object(schema)
    default:
      return hostileValue
  }
}

/** Of a pattern that looks around itself, or that names classes of Unicode, nothing is made: texts that fit those that we have. */
const LOOKED_AROUND = [
  'شركة 1',
  'x'.repeat(200),
  '\u202Egnp',
  'KW',
  'ae',
  'a@b.example',
  "o'brien+tag@a-b.example",
  '+9665051234567',
  '+447700900123',
] as const

const bounded = (said: number | undefined, otherwise: number): number =>
  said === undefined || Math.abs(said) > 2 ** 53 - 1 ? otherwise : said

function text({ pattern, minLength = 0, maxLength }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined)
    return /\(\?[=!<]|\\p/i.test(pattern)
      ? fc.constantFrom(...LOOKED_AROUND)
      : fc.stringMatching(new RegExp(pattern, 'u'))
  const fits = (value: string) => value.length >= minLength && value.length <= (maxLength ?? Number.POSITIVE_INFINITY)
  return hostileText.map((value) => (fits(value) ? value : 'x'.repeat(minLength)))
}

function object({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
  const fields = Object.entries(properties).map(([name, of]) => [name, fitting(of)] as const)
  // A JSON schema names as required only what it describes, or anything.
  const requiredKeys = required.filter((name) => Object.hasOwn(properties, name))
  return fc.record(Object.fromEntries(fields), { requiredKeys })
}

/** What begins as `value` and is changed in a way or several: a field lost, added, doubled in depth, or of another kind. */
export function nearly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.array(fc.nat(), { maxLength: 4 }),
    how: fc.constantFrom('replace', 'lose', 'add', 'wrap', 'pollute'),
    by: hostileValue,
    name: fc.oneof(hostileText, fc.constantFrom('__proto__', 'constructor', 'more')),
  })
  return fc
    .tuple(value, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([begun, changes]) => changes.reduce<unknown>((so, one) => changedAt(so, one.at, one), begun))
}

interface Change {
  readonly how: 'replace' | 'lose' | 'add' | 'wrap' | 'pollute'
  readonly by: unknown
  readonly name: string
}

function changedAt(value: unknown, at: readonly number[], change: Change): unknown {
  const [first, ...rest] = at
  if (first === undefined || typeof value !== 'object' || value === null) return changed(value, change)
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  const chosen = entries[first % Math.max(1, entries.length)]
  if (chosen === undefined) return changed(value, change)
  const [name, field] = chosen
  if (change.how === 'lose' && rest.length === 0) return Object.fromEntries(entries.filter(([other]) => other !== name))
  if (Array.isArray(value))
    return entries.map(([other, item]) => (other === name ? changedAt(item, rest, change) : item))
  return withField(value, name, changedAt(field, rest, change))
}

function changed(value: unknown, { how, by, name }: Change): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  switch (how) {
    case 'add':
      return isObject ? withField(value, name, by) : by
    case 'pollute':
      return isObject ? withField(value, '__proto__', { polluted: 'yes' }) : by
    case 'wrap':
      return [value]
    case 'lose':
    case 'replace':
      return by
  }
}
