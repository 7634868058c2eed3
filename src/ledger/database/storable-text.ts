import { DatabaseError } from './database-error.ts'

/** Postgres keeps any text but a NUL; half a surrogate pair would silently become U+FFFD on its way there. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Throws TEXT_NOT_STORABLE. The message names the place, never the text: it may be personal. */
export function assertStorableText(text: string, place: string): void {
  if (isStorableText(text)) return
  const flaw = text.includes('\0') ? 'a NUL character' : 'half a surrogate pair'
  throw new DatabaseError(
    'TEXT_NOT_STORABLE',
    `Text ${place} holds ${flaw}, which the database cannot keep. Nothing was sent. Refuse such text where it enters.`,
  )
}

/** The text with U+FFFD for what Postgres cannot keep: for what others said, which must not stop us from noting it. */
export const storableText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
