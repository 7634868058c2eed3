import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from '../../src/engine/backoff.ts'
import { canonical } from '../../src/flow/canonical.ts'
import { after, approximateMs, type Calendar, days, hours, minutes, seconds, workingDays } from '../../src/flow/time.ts'

const json = fc.jsonValue({ maxDepth: 4 })
/** Keys in the order of their code units, everywhere. */
function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value).filter((key) => !/^\d+$/.test(key)) // JavaScript itself moves these to the front
  const inOrder = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key)
  return (Array.isArray(value) || inOrder) && Object.values(value).every(isOrdered)
}
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, shuffled(field)]),
  )
}

test('what is written comes back as it was, and is then written the same', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonical(value)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.equal(canonical(JSON.parse(text)), text)
    }),
  )
})

test('equal values have equal texts, in whatever order their fields were written', () => {
  fc.assert(fc.property(json, (value) => assert.equal(canonical(shuffled(value)), canonical(value))))
})

test('different values have different texts', () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const same = canonical(one) === canonical(other)
      try {
        assert.deepEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
        assert.ok(same)
      } catch {
        assert.ok(!same)
      }
    }),
  )
})

test('fields are ordered by code unit, without white space', () => {
  fc.assert(fc.property(json, (value) => assert.ok(isOrdered(JSON.parse(canonical(value))))))
  assert.equal(
    canonical({ b: 1, a: [1, { d: undefined, c: null }], ب: 2, B: 3 }),
    '{"B":3,"a":[1,{"c":null}],"b":1,"ب":2}',
  )
})

test('every text survives, also one that no database would take as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written = canonical({ [text]: text })
      assert.ok(written.isWellFormed() && !written.includes('\0'))
      assert.deepEqual(JSON.parse(written), { [text]: text })
    }),
  )
  assert.equal(canonical('\0\ud800'), '"\\u0000\\ud800"')
})

test('what JSON cannot carry is refused, wherever it hides', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol('s'), new Date(0), new Map(), cycle])
    for (const hidden of [value, [value], { a: { b: value } }]) assert.throws(() => canonical(hidden), TypeError)
})

const retries = fc.record({
  firstWait: fc.integer({ min: 1, max: 600 }).map(seconds),
  longestWait: fc.integer({ min: 1, max: 48 }).map(hours),
})

test('a wait before the next attempt is between half and all of its step, never beyond the longest, and stable', () => {
  fc.assert(
    fc.property(retries, fc.integer({ min: 1, max: 1_000_000 }), fc.string(), (retry, attempt, key) => {
      const full = Math.min(approximateMs(retry.firstWait) * 2 ** (attempt - 1), approximateMs(retry.longestWait))
      const wait = backoffMs(retry, attempt, key)
      assert.ok(Number.isSafeInteger(wait))
      assert.ok(wait >= Math.floor(full / 2) && wait <= full, `${wait} of ${full}`)
      assert.equal(backoffMs(retry, attempt, key), wait)
    }),
  )
})

test('waits of many keys do not fall on one moment', () => {
  const retry = { firstWait: minutes(1), longestWait: hours(1) }
  const waits = new Set(Array.from({ length: 100 }, (_, index) => backoffMs(retry, 3, `run-${index}`)))
  assert.ok(waits.size > 90)
})

const noWorkingDays: Calendar = {
  afterWorkingDays() {
    throw new Error('nobody asked for working days')
  },
}

test('a deadline lies after its start by exactly its length, and durations add up', () => {
  const units = fc.constantFrom(seconds, minutes, hours, days)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), units, fc.integer({ min: 1, max: 1_000 }), (from, unit, amount) => {
      const due = after(from, unit(amount), noWorkingDays)
      assert.equal(due - from, approximateMs(unit(amount)))
      assert.ok(due > from)
      assert.equal(
        after(after(from, unit(amount), noWorkingDays), unit(1), noWorkingDays),
        after(from, unit(amount + 1), noWorkingDays),
      )
    }),
  )
  assert.equal(after(0, days(2), noWorkingDays), after(0, hours(48), noWorkingDays))
})

test('working days are the calendar’s own business', () => {
  const calendar: Calendar = { afterWorkingDays: (from, count) => from + count * 1_000 }
  assert.equal(after(5, workingDays(3), calendar), 3_005)
})

test('a duration that is none is refused where it is written', () => {
  for (const amount of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => seconds(amount), RangeError)
  for (const amount of [0, 1.5]) assert.throws(() => workingDays(amount), RangeError)
})
