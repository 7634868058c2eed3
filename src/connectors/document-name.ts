import { createHash } from 'node:crypto'
import { EffectRefused } from '../flow/failure.ts'
import type { DocumentReference, NewDocument } from './systems.ts'
import { digestOf } from './wire-key.ts'

/** What one call can hold in memory with ease; larger ones are refused before anything is sent. */
const LARGEST_BYTES = 20_000_000

/** A new document with the name that its content gives it. */
export interface NamedDocument extends DocumentReference {
  readonly bytes: Buffer
}

/** Throws `EffectRefused` for what no store would take. */
export function named({ folder, contentBase64 }: NewDocument): NamedDocument {
  const bytes = Buffer.from(contentBase64, 'base64')
  if (bytes.toString('base64') !== contentBase64)
    throw new EffectRefused('NOT_BASE64', 'The content of the document is not base64. Nothing was kept.')
  if (bytes.length > LARGEST_BYTES)
    throw new EffectRefused(
      'DOCUMENT_TOO_LARGE',
      `The document has ${bytes.length} bytes; ${LARGEST_BYTES} are the most. Nothing was kept.`,
    )
  const sha256 = sha256Of(bytes)
  const reference = `${folder}/${sha256}`
  if (!REFERENCE.test(reference))
    throw new EffectRefused('BAD_FOLDER', 'A folder is named with letters, digits, - and _. Nothing was kept.')
  return { reference, sha256, bytes }
}

const REFERENCE = /^[A-Za-z0-9_-]{1,100}\/[0-9a-f]{64}$/

/**
 * Where a document lies below a store's root: `<tenant>/<folder>/<sha256>`. The tenant is that of the call and no part of
 * the reference, so that a reference of one tenant never opens a document of another.
 */
export function placeOf(tenant: string, { reference, sha256 }: DocumentReference): string {
  if (!REFERENCE.test(reference) || !reference.endsWith(`/${sha256}`))
    throw new EffectRefused('BAD_REFERENCE', 'This is no reference to a document. Nothing was read or changed.')
  return `${/^[a-z0-9][a-z0-9_-]{0,99}$/.test(tenant) ? tenant : `sha256-${digestOf(tenant)}`}/${reference}`
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const noSuchDocument = () =>
  new EffectRefused('NO_SUCH_DOCUMENT', 'The store has no such document. It was deleted, or was never put there.')

/** What lies under the name of a digest and does not have it. */
export const documentChanged = () =>
  new EffectRefused(
    'DOCUMENT_CHANGED',
    'What the store holds under this digest is not what was put there. It was left as it is; restore the document from a copy.',
  )
