import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { workingDays } from './working-days.ts'

const DAY_MS = 86_400_000
const riyadh = (local: string): number => Date.parse(`${local}+03:00`)
const shown = (instant: number): string => new Date(instant + 3 * 3_600_000).toISOString().slice(0, 16)
const after = (local: string, days: number, holidays: readonly string[] = []): string =>
  shown(workingDays(holidays).afterWorkingDays(riyadh(local), days))

test('Friday and Saturday are not worked, and the time of day stays', () => {
  assert.equal(after('2026-11-22T09:30:00', 1), '2026-11-23T09:30') // Sunday to Monday
  assert.equal(after('2026-11-26T17:00:00', 1), '2026-11-29T17:00') // Thursday to Sunday
  assert.equal(after('2026-11-27T10:00:00', 1), '2026-11-29T10:00') // what comes on Friday has Sunday as first day
  assert.equal(after('2026-11-22T09:30:00', 5), '2026-11-29T09:30')
})

test('a local day begins three hours before that of UTC', () => {
  assert.equal(after('2026-11-27T00:30:00', 1), '2026-11-29T00:30') // Thursday 21:30 in UTC
  assert.equal(after('2026-11-26T23:30:00', 1), '2026-11-29T23:30')
})

test('holidays are not worked', () => {
  const eid = ['2026-03-19', '2026-03-20', '2026-03-21', '2026-03-22']
  assert.equal(after('2026-03-18T12:00:00', 1, eid), '2026-03-23T12:00')
})

test('a calendar without a working day is refused', () => {
  const closed = Array.from({ length: 3_000 }, (_, day) => new Date(day * DAY_MS).toISOString().slice(0, 10))
  assert.throws(() => workingDays(closed).afterWorkingDays(0, 1), RangeError)
})

const instants = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) })
const counts = fc.integer({ min: 1, max: 60 })
const holidays = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 })
const closedFrom = (from: number, offsets: readonly number[]): readonly string[] =>
  offsets.map((offset) => shown(from + offset * DAY_MS).slice(0, 10))

test('the end is a worked day at the same time of day, with exactly so many worked days up to it', () => {
  fc.assert(
    fc.property(instants, counts, holidays, (from, days, offsets) => {
      const closed = closedFrom(from, offsets)
      const end = workingDays(closed).afterWorkingDays(from, days)
      assert.equal((end - from) % DAY_MS, 0)
      const worked = (instant: number): boolean =>
        ![5, 6].includes(new Date(instant + 3 * 3_600_000).getUTCDay()) && !closed.includes(shown(instant).slice(0, 10))
      let count = 0
      for (let day = from + DAY_MS; day <= end; day += DAY_MS) if (worked(day)) count += 1
      assert.deepEqual([count, worked(end)], [days, true])
    }),
  )
})

test('counting on from the end of a count is counting both at once', () => {
  fc.assert(
    fc.property(instants, counts, counts, holidays, (from, one, other, offsets) => {
      const calendar = workingDays(closedFrom(from, offsets))
      assert.equal(
        calendar.afterWorkingDays(calendar.afterWorkingDays(from, one), other),
        calendar.afterWorkingDays(from, one + other),
      )
    }),
  )
})
