import { hmacSha256, sameText } from '../same-bytes.ts'
import { digestOf } from '../wire-key.ts'

/** Carries the id of the envelope to servers that know no notifications (RFC 3461), but send headers back. */
export const ENVELOPE_HEADER = 'X-Sijil-Envelope'

const MAC_CHARACTERS = 24
/** An id may have 100 characters, and these are the ones that travel as they are. */
const TRAVELS = /^[!-*,-<>-~]{1,70}$/

/**
 * The id of the envelope of an effect: its key and a proof that it was us who wrote it. Whoever has had one mail can tell the keys of
 * others of the same run; a report on a mail that they never had is not theirs to make.
 */
export function envelopeIdOf(key: string, secret: string): string {
  const travelling = TRAVELS.test(key) ? key : `sha256-${digestOf(key)}`
  return `${travelling}.${macOf(travelling, secret)}`
}

/** The key as it travelled; undefined for an id that is not ours. */
export function keyOfEnvelope(id: string, secret: string | undefined): string | undefined {
  const key = id.slice(0, -(MAC_CHARACTERS + 1))
  if (secret === undefined || !sameText(id, `${key}.${macOf(key, secret)}`)) return undefined
  return key
}

const macOf = (key: string, secret: string): string =>
  hmacSha256(secret, Buffer.from(`sijil envelope ${key}`), 'hex').slice(0, MAC_CHARACTERS)
