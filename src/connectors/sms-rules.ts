import { z } from 'zod'
import { EffectHeldBack, EffectRefused } from '../flow/failure.ts'
import type { Instant } from '../flow/time.ts'
import type { ShortMessage } from './roles/sms.ts'

/** Whom a text message is from, and when promotions may be sent; by Saudi time. */
export interface SmsRules {
  readonly from: string
  readonly promotionFrom: string | undefined
  readonly promotionHours: Hours
}
export interface Hours {
  readonly fromMinute: number
  readonly toMinute: number
}

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/

/** `09:00-21:00`, the hours in which all sources on Saudi promotions agree. */
export const promotionHours = z
  .string()
  .default('09:00-21:00')
  .transform((text, ctx): Hours => {
    const [, h1, m1, h2, m2] = HOURS.exec(text) ?? []
    const hours = { fromMinute: Number(h1) * 60 + Number(m1), toMinute: Number(h2) * 60 + Number(m2) }
    if (hours.fromMinute < hours.toMinute && hours.toMinute <= DAY_MINUTES) return hours
    ctx.addIssue('must look like 09:00-21:00')
    return z.NEVER
  })

const DAY_MINUTES = 1_440
const MINUTE_MS = 60_000
/** Saudi time has no summer time. */
const RIYADH_MINUTES = 180

/** Networks of the Kingdom take registered names only: 3 to 11 letters and digits, and a promotion ends with `-AD`. */
const SAUDI_NAME = /^(?=.*[a-z])[a-z0-9][a-z0-9 -]{2,10}$/i
const SAUDI_PROMOTION_NAME = /^[a-z0-9][a-z0-9 -]{0,7}-AD$/i

/** The sender for a message. Throws `EffectRefused` where none may send it, and `EffectHeldBack` until the hours of promotions. */
export function senderFor({ to, purpose }: ShortMessage, rules: SmsRules, now: Instant): string {
  const promotes = purpose === 'promotion'
  const sender = promotes ? rules.promotionFrom : rules.from
  if (sender === undefined)
    throw refused('NO_PROMOTION_SENDER', 'No sender is configured for promotions; set one that is registered for them.')
  if (!to.startsWith('+966')) return sender
  if (!(promotes ? SAUDI_PROMOTION_NAME : SAUDI_NAME).test(sender))
    throw refused(
      'SENDER_NOT_ALLOWED',
      'Saudi networks take registered names of 3 to 11 characters as senders, for promotions such as end with -AD.',
    )
  if (promotes) holdUntilOpen(rules.promotionHours, now)
  return sender
}

function holdUntilOpen({ fromMinute, toMinute }: Hours, now: Instant): void {
  const minute = (now / MINUTE_MS + RIYADH_MINUTES) % DAY_MINUTES
  if (minute >= fromMinute && minute < toMinute) return
  const wait = (fromMinute - minute + DAY_MINUTES) % DAY_MINUTES
  throw new EffectHeldBack(
    'OUTSIDE_HOURS',
    'Promotions are sent in their hours only. Nothing was sent yet; it goes out when they begin.',
    Math.ceil(wait * MINUTE_MS),
  )
}

const refused = (code: string, why: string) => new EffectRefused(code, `${why} Nothing was sent.`)
