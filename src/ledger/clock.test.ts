import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { LedgerClock } from './clock.ts'

test('An answer that is late does not set the clock back', () => {
  let here = 0
  const read = mock.method(performance, 'now', () => here)
  try {
    const clock = new LedgerClock()
    clock.hear(1_000_000, false, here)
    here = 60_000 // the process stood still for a minute, with a question on its way that was answered at once
    clock.hear(1_000_010, false, 10)
    assert.equal(clock.now(), 1_060_000)
  } finally {
    read.mock.restore()
  }
})

test('A clock that runs ahead of the database is set back by what was answered at once', () => {
  let here = 0
  const read = mock.method(performance, 'now', () => here)
  try {
    const clock = new LedgerClock()
    clock.hear(1_000_000, false, here)
    here = 60_000
    clock.hear(1_059_000, false, 59_999)
    assert.ok(clock.now() < 1_059_100)
  } finally {
    read.mock.restore()
  }
})
