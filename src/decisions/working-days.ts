import type { Calendar, Instant } from '../flow/time.ts'

/**
 * The working days of a Saudi organisation: Sunday to Thursday, less its holidays. Riyadh is three hours ahead of UTC all
 * year, so a local day is plain arithmetic and does not depend on time zone data of the machine.
 */
const DAY_MS = 86_400_000
const OFFSET_MS = 3 * 3_600_000

/** Days since 1970-01-01 (a Thursday) in Riyadh. */
const dayOf = (instant: Instant): number => Math.floor((instant + OFFSET_MS) / DAY_MS)
const isWeekend = (day: number): boolean => {
  const weekday = (((day + 4) % 7) + 7) % 7 // 0 is Sunday
  return weekday === 5 || weekday === 6
}

/** `holidays`: local days as `2026-09-23`. Throws `RangeError` when no working day is left within years. */
export function workingDays(holidays: Iterable<string>): Calendar {
  const closed = new Set([...holidays].map((day) => Date.parse(`${day}T00:00:00Z`) / DAY_MS))
  return {
    afterWorkingDays(from, days) {
      const start = dayOf(from)
      let day = start
      for (let left = days; left > 0; ) {
        day += 1
        if (day - start > DAYS_MAX + days * 4) throw new RangeError('The calendar has no working day left to count')
        if (!isWeekend(day) && !closed.has(day)) left -= 1
      }
      return from + (day - start) * DAY_MS
    },
  }
}

/** No calendar closes for longer. */
const DAYS_MAX = 1_000
