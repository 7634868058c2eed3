/** A length of time as people say it. Working days are counted by the organisation's calendar, when the deadline is set. */
export type Duration = {
  readonly unit: 'seconds' | 'minutes' | 'hours' | 'days' | 'working days'
  readonly amount: number
}

const of =
  (unit: Duration['unit']) =>
  (amount: number): Duration => {
    if (!Number.isFinite(amount) || amount <= 0) throw new RangeError(`${amount} ${unit} is not a duration`)
    return { unit, amount }
  }
export const seconds = of('seconds')
export const minutes = of('minutes')
export const hours = of('hours')
export const days = of('days')
/** Whole days of the organisation's calendar (Sunday to Thursday by default). */
export const workingDays = (amount: number): Duration => {
  if (!Number.isInteger(amount)) throw new RangeError(`${amount} working days: only whole working days can be counted`)
  return of('working days')(amount)
}

/** Milliseconds since 1970 by the ledger's clock. */
export type Instant = number

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const

/** Milliseconds of a duration that needs no calendar. A working day counts as a calendar day: for estimates only. */
export const approximateMs = ({ unit, amount }: Duration): number =>
  amount * (unit === 'working days' ? UNIT_MS.days : UNIT_MS[unit])

/** A calendar that knows which days are worked: given from outside, because holidays are data. */
export interface Calendar {
  /** The instant `days` working days after `from`, at the same time of day. */
  afterWorkingDays(from: Instant, days: number): Instant
}

/** When a duration that starts at `from` is over. */
export const after = (from: Instant, duration: Duration, calendar: Calendar): Instant =>
  duration.unit === 'working days'
    ? calendar.afterWorkingDays(from, duration.amount)
    : from + duration.amount * UNIT_MS[duration.unit]
