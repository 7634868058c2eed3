import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, attemptEnd, RETRY_WAITS_MS } from './attempt-end.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const answered = (status: number, retryAfter: string | null = null): Answer => ({
  kind: 'answered',
  status,
  retryAfter,
})
const ended = (answer: Answer, attempt = 1, chance = 0) => attemptEnd(answer, { attempt, now: NOW, chance })

test('each answer has one name', () => {
  const outcomes = [200, 204, 299, 301, 308, 400, 401, 404, 410, 429, 500, 502, 503, 504].map(
    (status) => `${status} ${ended(answered(status)).outcome}`,
  )
  assert.deepEqual(outcomes, [
    '200 delivered',
    '204 delivered',
    '299 delivered',
    '301 redirected',
    '308 redirected',
    '400 refused',
    '401 refused',
    '404 refused',
    '410 gone',
    '429 throttled',
    '500 refused',
    '502 throttled',
    '503 refused',
    '504 throttled',
  ])
  assert.equal(ended({ kind: 'no answer' }).outcome, 'no_answer')
  assert.equal(ended({ kind: 'not sent' }).outcome, 'not_sent')
  assert.equal(ended({ kind: 'untrusted' }).outcome, 'untrusted')
})

test('ten attempts are made, the last a little over three days after the first', () => {
  const waits = Array.from({ length: 10 }, (_, index) => ended(answered(500), index + 1).waitMs)
  assert.deepEqual(waits, [...RETRY_WAITS_MS, null])
  const hours = RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0) / 3_600_000
  assert.ok(hours > 75 && hours < 76)
})

test('chance makes a wait up to a tenth longer and never shorter', () => {
  assert.equal(ended(answered(500), 2, 0.5).waitMs, 315_000)
  assert.equal(ended(answered(500), 2, 1).waitMs, 330_000)
})

test('Retry-After is obeyed in both forms, for a day at most, and never makes a wait shorter', () => {
  const quiet = (header: string, status = 429, attempt = 1) => ended(answered(status, header), attempt)
  assert.deepEqual([quiet('120').holdMs, quiet('120').waitMs], [120_000, 120_000])
  assert.equal(quiet(new Date(NOW + 90_000).toUTCString()).holdMs, 90_000)
  assert.equal(quiet('999999999').holdMs, 86_400_000)
  assert.equal(quiet(new Date(NOW - 90_000).toUTCString()).holdMs, 0)
  assert.equal(quiet('120', 503).holdMs, 120_000, 'whoever asks')
  assert.equal(quiet('120', 429, 3).waitMs, RETRY_WAITS_MS[2])
  for (const unreadable of ['', 'soon', '-1x'])
    assert.deepEqual([quiet(unreadable).holdMs, quiet(unreadable, 500).holdMs], [60_000, 0], unreadable)
})
