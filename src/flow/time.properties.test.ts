import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../test/support/property-runs.ts'
import { canonical } from './canonical.ts'
import { after, approximateMs, type Duration, days, hours, minutes, seconds, workingDays } from './time.ts'

const makers = fc.constantFrom(seconds, minutes, hours, days, workingDays)
const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY))
const calendar = { afterWorkingDays: (from: number, count: number) => from + count * 86_400_000 }

test('a duration comes back from the ledger as it was, and what is none is refused with a RangeError', () =>
  fc.assert(
    fc.property(makers, numbers, (make, amount) => {
      let duration: Duration
      try {
        duration = make(amount)
      } catch (error) {
        assert.ok(error instanceof RangeError)
        assert.ok(!(amount > 0 && Number.isInteger(amount)), `${amount} is a length of time`)
        return
      }
      assert.ok(amount > 0 && Number.isFinite(amount))
      const back = JSON.parse(canonical(duration)) as Duration // which the next line checks
      assert.deepEqual(back, duration)
      assert.equal(after(1_000, back, calendar), 1_000 + approximateMs(duration))
    }),
    runs(500),
  ))
