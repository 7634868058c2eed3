import { storable } from './checked-value.ts'
import { Refusal } from './refusal.ts'

const CHARACTERS_MAX = 2_000

/** Why a person does something, for the audit log. Throws `Refusal` INVALID_VALUE when it is empty or too long. */
export function reasonOf(text: string): string {
  const why = text.trim()
  if (why === '' || why.length > CHARACTERS_MAX) {
    const message = `must have 1 to ${CHARACTERS_MAX} characters`
    throw new Refusal('INVALID_VALUE', { what: { en: 'The reason', ar: 'السبب' } }, { issues: [{ path: '', message }] })
  }
  storable(why, { en: 'The reason', ar: 'السبب' })
  return why
}
