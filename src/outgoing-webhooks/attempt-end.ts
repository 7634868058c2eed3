import type { AttemptEnd, AttemptOutcome } from '../ledger/webhook-delivery.ts'

/** What came of one request, as far as the schedule is concerned. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  /** No byte of it reached the other side. */
  | { readonly kind: 'not sent' }
  /** Nor here: its certificate is not one that this machine trusts for that name, now. */
  | { readonly kind: 'untrusted' }
  | { readonly kind: 'no answer' }

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** How long after a failed attempt the next one is due: ten attempts within about 75 hours. The example of Standard Webhooks 1.0.0. */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]
/** Up to this part of a wait is added by chance, so that what failed together does not come back together. */
const JITTER_PART = 0.1
/** How long an endpoint is left alone that asks for quiet and does not say for how long. */
const QUIET_MS = MINUTE_MS
/** An endpoint may ask for no more quiet than this. */
const QUIET_MS_MAX = 24 * HOUR_MS

/** `attempt`: from 1. `now`: the ledger's time. `chance`: from 0 up to 1. */
export function attemptEnd(
  answer: Answer,
  { attempt, now, chance }: { readonly attempt: number; readonly now: number; readonly chance: number },
): AttemptEnd {
  const outcome = outcomeOf(answer)
  const status = answer.kind === 'answered' ? answer.status : null
  if (outcome === 'delivered') return { outcome, status, waitMs: null, holdMs: 0 }
  // The endpoint is disabled; should somebody resume it, this message is the first that it gets.
  if (outcome === 'gone') return { outcome, status, waitMs: 0, holdMs: 0 }
  const asked = answer.kind === 'answered' ? quietAskedFor(answer.retryAfter, now) : undefined
  const holdMs = asked ?? (outcome === 'throttled' ? QUIET_MS : 0)
  const wait = RETRY_WAITS_MS[attempt - 1]
  if (wait === undefined) return { outcome, status, waitMs: null, holdMs }
  return { outcome, status, waitMs: Math.max(Math.round(wait * (1 + JITTER_PART * chance)), holdMs), holdMs }
}

const THROTTLED: ReadonlySet<number> = new Set([429, 502, 504])

function outcomeOf(answer: Answer): AttemptOutcome {
  if (answer.kind === 'not sent') return 'not_sent'
  if (answer.kind === 'untrusted') return 'untrusted'
  if (answer.kind === 'no answer') return 'no_answer'
  const { status } = answer
  if (status >= 200 && status < 300) return 'delivered'
  if (status >= 300 && status < 400) return 'redirected'
  if (status === 410) return 'gone'
  return THROTTLED.has(status) ? 'throttled' : 'refused'
}

/** `Retry-After` in milliseconds: seconds, or a date of HTTP. Undefined when there is none that can be read. */
function quietAskedFor(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), QUIET_MS_MAX)
}
