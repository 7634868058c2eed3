import { canonical } from '../../flow/canonical.ts'
import { InvalidValue, parse, type Schema } from '../../flow/schema.ts'
import { isStorableText } from '../../ledger/database/storable-text.ts'
import { VALUE_BYTES_MAX } from '../limits.ts'
import { oddityOf } from '../plain-json.ts'
import type { CommandParts } from './command-parts.ts'
import { Refusal } from './refusal.ts'
import type { Words } from './words.ts'

/** The value as its schema gives it back. Throws `Refusal` INVALID_VALUE with every issue. */
async function fitting<Value>(schema: Schema<Value>, value: unknown, what: Words): Promise<Value> {
  try {
    return await parse(schema, value, what.en)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new Refusal('INVALID_VALUE', { what }, { cause: error, issues: error.issues })
  }
}

/**
 * A value from outside as it may be kept: as its schema gives it back, personal values sealed (for `owner`, when no field says
 * whose they are; `knownOnly`: nobody is given a key). Throws `Refusal` INVALID_VALUE, TEXT_NOT_STORABLE, VALUE_TOO_LARGE, PERSON_ERASED.
 */
export async function accepted(
  { seal }: Pick<CommandParts, 'seal'>,
  of: { readonly tenant: string; readonly owner: string; readonly what: Words; readonly knownOnly?: boolean },
  schema: Schema,
  value: unknown,
): Promise<{ readonly value: unknown; readonly text: string }> {
  storable(value, of.what)
  const parsed = await fitting(schema, value, of.what)
  try {
    const sealed = await seal(of.tenant, of.owner, parsed, of.knownOnly)
    return { value: sealed, text: storable(sealed, of.what) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'PERSON_ERASED')
      throw new Refusal('PERSON_ERASED', {}, { cause: error })
    throw error
  }
}

/**
 * The canonical text of a value that may be kept. Throws `Refusal` INVALID_VALUE for what JSON cannot carry,
 * TEXT_NOT_STORABLE and VALUE_TOO_LARGE.
 */
export function storable(value: unknown, what: Words): string {
  assertStorable(value, what)
  const text = jsonOf(value, what)
  const bytes = Buffer.byteLength(text)
  if (bytes > VALUE_BYTES_MAX) throw new Refusal('VALUE_TOO_LARGE', { what, bytes, most: VALUE_BYTES_MAX })
  return text
}

function jsonOf(value: unknown, what: Words): string {
  try {
    return canonical(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Refusal('INVALID_VALUE', { what }, { cause: error, issues: [{ path: '', message: error.message }] })
  }
}

/**
 * Looks at the texts themselves: JSON writes a NUL as an escape, which the database takes and cannot give back as JSON. Throws
 * `Refusal` TEXT_NOT_STORABLE, and INVALID_VALUE for what is not to be walked through.
 */
export function assertStorable(value: unknown, what: Words): void {
  const oddity = oddityOf(value)
  if (oddity !== undefined) throw new Refusal('INVALID_VALUE', { what }, { issues: [{ path: '', message: oddity }] })
  if (!isStorable(value)) throw new Refusal('TEXT_NOT_STORABLE', { what })
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, field]) => isStorableText(name) && isStorable(field))
}
