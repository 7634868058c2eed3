import type { z } from 'zod'
import { type EffectFailure, EffectNotMade, EffectRefused, EffectUnknown } from '../flow/failure.ts'
import type { Health } from './connector.ts'
import type { Exchange } from './http-exchange.ts'
import { isNotAllowed } from './reach.ts'
import { untrustedCertificate } from './untrusted-certificate.ts'
import { VendorDown } from './vendor-down.ts'

/**
 * What an answer says about the change that was asked for. `credentials`: not made, and not before
 * somebody mends the settings; the effect waits for that instead of failing, because a token that ran out must not undo
 * a run.
 */
export type Meaning = 'made' | Failing
type Failing = 'refused' | 'not made' | 'unknown' | 'credentials'

/** How one vendor says no. Texts of vendors may repeat personal data, so errors carry only their codes. */
export interface Dialect {
  readonly vendor: string
  /** Undefined leaves it to the status. Asked for every answer, because some vendors report failures with HTTP 2xx. */
  readonly meaning?: (status: number, body: unknown) => Meaning | undefined
  /** The vendor's own code, for messages. */
  readonly code: (body: unknown) => string | undefined
  /** When the vendor says by other means than `Retry-After` how long to wait, in milliseconds. */
  readonly retryAfterMs?: (headers: Headers, now: number) => number | undefined
}

/** The answer to a request that changes something. Throws one of the three failures of an effect. */
export function answerOfChange<Answer>(result: Exchange, schema: z.ZodType<Answer>, dialect: Dialect): Answer {
  const { vendor } = dialect
  if (result.kind === 'not sent') throw notConnected(vendor, result.cause) ?? unreachable(vendor, result.cause)
  if (result.kind === 'no answer')
    throw new EffectUnknown(
      result.timedOut ? 'TIMED_OUT' : 'CONNECTION_LOST',
      `${vendor} was asked and did not answer${result.timedOut ? ' in time' : ''}. It may have acted; ask it before trying again.`,
      { cause: result.cause },
    )
  const meaning = meaningOf(result.status, result.body, dialect)
  if (meaning === 'made') return understood(result, schema, vendor)
  throw failureOf(result, meaning, dialect)
}

/** The answer to a request that changes nothing. Throws `EffectNotMade`, whatever went wrong: it may be asked again. */
export function answerOfReading<Answer>(result: Exchange, schema: z.ZodType<Answer>, dialect: Dialect): Answer {
  const meaning = result.kind === 'answered' ? meaningOf(result.status, result.body, dialect) : undefined
  const parsed = result.kind === 'answered' && meaning === 'made' ? schema.safeParse(result.body) : undefined
  if (parsed?.success === true) return parsed.data
  if (meaning === 'credentials') throw credentialsRefused(dialect)
  const barred = result.kind === 'not sent' ? notConnected(dialect.vendor, result.cause) : undefined
  if (barred !== undefined) throw barred
  throw new EffectNotMade('NOT_READ', `${dialect.vendor} could not be read: ${summaryOf(result, dialect)}.`, {
    retryAfterMs: result.kind === 'answered' ? waitAskedFor(result.headers, dialect) : undefined,
    cause: meaning === undefined || meaning === 'unknown' ? new VendorDown(summaryOf(result, dialect)) : undefined,
  })
}

/** The same, but what the vendor will always refuse is refused for good: a question that is wrong does not become right. */
export function answerOfQuestion<Answer>(result: Exchange, schema: z.ZodType<Answer>, dialect: Dialect): Answer {
  if (result.kind === 'answered' && meaningOf(result.status, result.body, dialect) === 'refused')
    throw failureOf(result, 'refused', dialect)
  return answerOfReading(result, schema, dialect)
}

/** Why we did not connect, where somebody must mend something first. */
function notConnected(vendor: string, cause: unknown): EffectNotMade | undefined {
  if (isNotAllowed(cause))
    return new EffectNotMade(
      'ADDRESS_NOT_ALLOWED',
      `The address of ${vendor} leads into a network that is not public. Nothing was sent; mend the address, or open the network with SIJIL_ALLOW_PRIVATE_ADDRESSES.`,
      { cause },
    )
  const certificate = untrustedCertificate(cause)
  if (certificate === undefined) return undefined
  const { code, says, mend } = certificate
  return new EffectNotMade(code, `The certificate of ${vendor} ${says}. Nothing was sent; ${mend}.`, { cause })
}

const unreachable = (vendor: string, cause: unknown) =>
  new EffectNotMade('UNREACHABLE', `${vendor} could not be reached. Nothing was sent; it may be tried again.`, {
    cause,
  })

type Answered = Exchange & { readonly kind: 'answered' }

function understood<Answer>(result: Answered, schema: z.ZodType<Answer>, vendor: string): Answer {
  const parsed = schema.safeParse(result.body)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole answer').join(', ')
  throw new EffectUnknown(
    'ANSWER_NOT_UNDERSTOOD',
    `${vendor} answered with success, but not in the shape that it documents (${places}). It probably acted.`,
  )
}

function failureOf(result: Answered, meaning: Failing, dialect: Dialect): EffectFailure {
  const what = `${dialect.vendor} answered ${summaryOf(result, dialect)}`
  switch (meaning) {
    case 'refused':
      return new EffectRefused('REFUSED', `${what}. Nothing was changed; repeating will not help.`)
    case 'not made':
      return new EffectNotMade('NOT_NOW', `${what}. Nothing was changed; it may be tried again.`, {
        retryAfterMs: waitAskedFor(result.headers, dialect),
      })
    case 'credentials':
      return credentialsRefused(dialect)
    case 'unknown':
      return new EffectUnknown('VENDOR_FAILED', `${what}. It may have acted; ask it before trying again.`, {
        retryAfterMs: waitAskedFor(result.headers, dialect),
      })
  }
}

const credentialsRefused = ({ vendor }: Dialect) =>
  new EffectNotMade('CREDENTIALS_REFUSED', `${vendor} refused our credentials. Nothing was changed; mend the settings.`)

const meaningOf = (status: number, body: unknown, { meaning }: Dialect): Meaning =>
  meaning?.(status, body) ?? byStatus(status)

function byStatus(status: number): Meaning {
  if (status >= 200 && status < 300) return 'made'
  if (status === 401 || status === 403) return 'credentials'
  if (status === 429) return 'not made'
  return status >= 500 || status === 408 ? 'unknown' : 'refused'
}

function waitAskedFor(headers: Headers, { retryAfterMs }: Dialect): number | undefined {
  const asked = headers.get('retry-after')
  if (asked === null) return retryAfterMs?.(headers, Date.now())
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

function summaryOf(result: Exchange, { code }: Dialect): string {
  if (result.kind !== 'answered') return result.kind
  const own = code(result.body)
  return own === undefined ? `HTTP ${result.status}` : `HTTP ${result.status} (${own})`
}

/** Whether the vendor could be asked something that needs our credentials. */
export async function healthFrom(ask: Promise<unknown>): Promise<Health> {
  try {
    await ask
    return { state: 'up' }
  } catch (error) {
    if (!(error instanceof EffectNotMade)) throw error
    return { state: 'down', code: error.code, message: error.message }
  }
}
