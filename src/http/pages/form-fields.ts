/** What a person fills in, read from the schema of what a gate or a signal takes. */
import { z } from 'zod'
import type { Issue, Schema } from '../../flow/schema.ts'

export type Field = { readonly name: string; readonly required: boolean } & (
  | { readonly kind: 'text'; readonly long: boolean }
  | {
      readonly kind: 'number'
      readonly min: number | undefined
      readonly max: number | undefined
      readonly whole: boolean
    }
  | { readonly kind: 'yes or no' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  /** Several texts, one a line. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'group'; readonly fields: readonly Field[] }
)

/** One way to fill a schema in. `choice`: what tells it from the others, which the person picks and does not type. */
export interface Form {
  readonly choice: { readonly field: string; readonly value: string } | undefined
  readonly fields: readonly Field[]
}

const JsonSchema = z.object({
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
})
type JsonSchema = z.infer<typeof JsonSchema>

/** A text that may be longer gets room for several lines. */
const SHORT_TEXT_MAX = 300

/**
 * The ways in which a schema can be filled in, without the fields that are `fixed` already. Several for a union of objects
 * that a constant field tells apart. A schema of another library than zod cannot be looked into: nothing is asked.
 */
export function formsOf(schema: Schema, fixed: readonly string[] = []): readonly Form[] {
  const whole = jsonSchemaOf(schema)
  if (whole === undefined) return [{ choice: undefined, fields: [] }]
  return (whole.oneOf ?? whole.anyOf ?? [whole]).map((alternative) => formOf(JsonSchema.parse(alternative), fixed))
}

const jsonSchemaOf = (schema: Schema): JsonSchema | undefined =>
  schema instanceof z.ZodType
    ? JsonSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
    : undefined

/** The value with its fields in the order in which its schema names them: the ledger keeps them in that of the alphabet. */
export function inOrderOf(schema: Schema, value: unknown): unknown {
  const known = jsonSchemaOf(schema)
  return known === undefined ? value : ordered(known, value)
}

function ordered(schema: JsonSchema | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(JsonSchema.safeParse(schema?.items).data, item))
  if (typeof value !== 'object' || value === null) return value
  const alternatives = (schema?.oneOf ?? schema?.anyOf ?? [schema]).map((one) => JsonSchema.safeParse(one).data)
  const found = alternatives.find((one) =>
    Object.keys(value).every((name) => Object.hasOwn(one?.properties ?? {}, name)),
  )
  const names = Object.keys(found?.properties ?? {})
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  return Object.fromEntries(
    entries
      .toSorted(([one], [other]) => names.indexOf(one) - names.indexOf(other))
      .map(([name, field]) => [name, ordered(JsonSchema.safeParse(found?.properties?.[name]).data, field)]),
  )
}

function formOf(schema: JsonSchema, fixed: readonly string[]): Form {
  const open = Object.entries(schema.properties ?? {}).filter(([name]) => !fixed.includes(name))
  const parts = open.map(([name, part]) => ({ name, part: JsonSchema.parse(part) }))
  const [choice] = parts.flatMap(({ name, part }) =>
    typeof part.const === 'string' ? [{ field: name, value: part.const }] : [],
  )
  return {
    choice,
    fields: parts.flatMap(({ name, part }) => fieldOf(name, part, schema.required?.includes(name) === true)),
  }
}

/** Nothing for a part that no form can ask for; the schema says so when it was needed. */
function fieldOf(name: string, part: JsonSchema, required: boolean): readonly Field[] {
  const options = part.enum?.filter((option) => typeof option === 'string')
  if (part.const !== undefined) return []
  if (options !== undefined) return [{ name, required, kind: 'choice', options }]
  switch (part.type) {
    case 'string':
      return [{ name, required, kind: 'text', long: (part.maxLength ?? 0) > SHORT_TEXT_MAX }]
    case 'number':
    case 'integer':
      return [{ name, required, kind: 'number', min: part.minimum, max: part.maximum, whole: part.type === 'integer' }]
    case 'boolean':
      return [{ name, required, kind: 'yes or no' }]
    case 'object':
      return [{ name, required, kind: 'group', fields: formOf(part, []).fields }]
    case 'array':
      return JsonSchema.safeParse(part.items).data?.type === 'string' ? [{ name, required, kind: 'lines' }] : []
    default:
      return []
  }
}

/** What was filled in, as the schema takes it. Nothing is judged here: a number that is none stays text, and is refused. */
export const valueOf = (form: Form, filled: URLSearchParams): Readonly<Record<string, unknown>> => ({
  ...(form.choice === undefined ? {} : { [form.choice.field]: form.choice.value }),
  ...objectOf(form.fields, filled, PREFIX),
})

/** What is wrong with a value, in the words of the language; undefined for a schema that only knows its own. */
export function issuesIn(language: 'ar' | 'en', schema: Schema, value: unknown): readonly Issue[] | undefined {
  if (!(schema instanceof z.ZodType)) return undefined
  const parsed = schema.safeParse(value, { error: z.locales[language]().localeError })
  return parsed.error?.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
}

/** Before every field's name, so that none is mistaken for a field of the page itself. */
export const PREFIX = 'value.'

const objectOf = (
  fields: readonly Field[],
  filled: URLSearchParams,
  prefix: string,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = valueOfField(field, filled, prefix)
      return value === undefined ? [] : [[field.name, value] as const]
    }),
  )

function valueOfField(field: Field, filled: URLSearchParams, prefix: string): unknown {
  const name = `${prefix}${field.name}`
  if (field.kind === 'group') return objectOf(field.fields, filled, `${name}.`)
  const text = (filled.get(name) ?? '').replaceAll('\r\n', '\n').trim()
  if (field.kind === 'yes or no') return text !== ''
  if (field.kind === 'lines')
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  if (text === '') return field.required && field.kind === 'text' ? '' : undefined
  if (field.kind !== 'number') return text
  const number = Number(westernDigits(text))
  return Number.isNaN(number) ? text : number
}

/** People type the digits they read. */
const westernDigits = (text: string): string =>
  text.replaceAll(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf)).replace('٫', '.')
