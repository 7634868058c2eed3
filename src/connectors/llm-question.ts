import { z } from 'zod'
import { canonical } from '../flow/canonical.ts'
import { EffectRefused } from '../flow/failure.ts'
import type { Json, Question } from './systems.ts'
import { digestOf } from './wire-key.ts'

/** Whether an answer has the form that was asked for: the same judge whoever answers. */
export type AnswerForm = (answer: unknown) => answer is Json

/** Throws `EffectRefused` for a question that nobody is to be asked. */
export function formOf({ name, answer, rules }: Question): AnswerForm {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw badQuestion('its name has other than letters, digits, _ and -')
  const loose = looseIn(answer)
  if (loose !== undefined) throw badQuestion(`the schema of its answer is not strict at ${loose}`)
  const schema = schemaOf(answer)
  const fits = (value: unknown): value is Json => schema.safeParse(value).success
  const misfit = rules.findIndex((rule) => !fits(rule.answer))
  if (misfit !== -1) throw badQuestion(`the answer of its rule ${misfit + 1} is not of the form that it asks for`)
  return fits
}

function schemaOf(answer: Question['answer']): z.ZodType {
  try {
    return z.fromJSONSchema(answer)
  } catch {
    throw badQuestion('the schema of its answer is no JSON Schema')
  }
}

const badQuestion = (what: string) =>
  new EffectRefused('BAD_QUESTION', `The question cannot be asked: ${what}. Nobody was asked; mend the step.`)

/** Where a schema lets through what providers do not allow in strict mode: an object that is open, or has optional fields. */
function looseIn(schema: unknown, place = '/'): string | undefined {
  if (Array.isArray(schema)) return firstOf(schema.map((item, index) => looseIn(item, `${place}${index}/`)))
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('properties' in schema && typeof schema.properties === 'object' && schema.properties !== null) {
    const required: readonly unknown[] = 'required' in schema && Array.isArray(schema.required) ? schema.required : []
    const isClosed = 'additionalProperties' in schema && schema.additionalProperties === false
    if (!isClosed || !Object.keys(schema.properties).every((name) => required.includes(name))) return place
  } else if ('type' in schema && schema.type === 'object') return place
  if (place === '/' && !('properties' in schema)) return place
  return firstOf(
    Object.entries(schema)
      .filter(([name]) => !VALUES.has(name))
      .map(([name, part]) => looseIn(part, `${place}${name}/`)),
  )
}

/** Keywords under which lie values and no schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'examples', 'required'])

const firstOf = (places: readonly (string | undefined)[]) => places.find((place) => place !== undefined)

export const digestOfJson = (value: unknown): string => digestOf(canonical(value))

/** What one call may carry. */
const MOST_TEXTS = 500

export function assertEmbeddable(texts: readonly string[]): void {
  if (texts.length > 0 && texts.length <= MOST_TEXTS && texts.every((text) => text.trim() !== '')) return
  throw new EffectRefused(
    'BAD_TEXTS',
    `From 1 to ${MOST_TEXTS} texts can be embedded at once, none of them empty. Nothing was sent.`,
  )
}

/** The same direction with length 1, so that two vectors are compared by their product alone. */
export function ofLengthOne(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((part) => part / length)
}
