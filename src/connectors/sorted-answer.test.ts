import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { EffectNotMade, EffectRefused, EffectUnknown } from '../flow/failure.ts'
import type { Exchange } from './http-exchange.ts'
import { answerOfChange, answerOfReading, type Dialect } from './sorted-answer.ts'

const dialect: Dialect = { vendor: 'A vendor', code: () => undefined }
const schema = z.object({ id: z.string() })
const answered = (status: number, body: unknown, headers = {}): Exchange => ({
  kind: 'answered',
  status,
  headers: new Headers(headers),
  body,
})

const SORTS: readonly (readonly [string, Exchange, new (...args: never) => Error])[] = [
  ['nothing was sent', { kind: 'not sent', cause: undefined }, EffectNotMade],
  ['no answer came', { kind: 'no answer', timedOut: false, cause: undefined }, EffectUnknown],
  ['a redirect', answered(302, undefined), EffectRefused],
  ['bad request', answered(400, {}), EffectRefused],
  ['no credentials', answered(401, {}), EffectNotMade],
  ['forbidden', answered(403, {}), EffectNotMade],
  ['the server gave up waiting', answered(408, {}), EffectUnknown],
  ['too many calls', answered(429, {}), EffectNotMade],
  ['the server failed', answered(500, {}), EffectUnknown],
  ['a gateway failed', answered(504, undefined), EffectUnknown],
  ['success in another shape', answered(200, { name: 'x' }), EffectUnknown],
  ['success that is no JSON', answered(200, undefined), EffectUnknown],
]

for (const [what, exchange, failure] of SORTS)
  test(`of a change, ${what} means ${failure.name}`, () => {
    assert.throws(() => answerOfChange(exchange, schema, dialect), failure)
  })

for (const [what, exchange] of SORTS)
  test(`of a reading, ${what} only means that it may be asked again`, () => {
    assert.throws(() => answerOfReading(exchange, schema, dialect), EffectNotMade)
  })

test('fields that nobody knows are tolerated', () => {
  assert.deepEqual(answerOfChange(answered(201, { id: 'a', more: 1 }), schema, dialect), { id: 'a' })
})

for (const [given, expected] of [
  ['7', 7_000],
  [new Date(Date.now() + 3_600_000).toUTCString(), 3_600_000],
  ['soon', undefined],
] as const)
  test(`Retry-After: ${expected === undefined ? 'nonsense is ignored' : `${expected} ms`}`, () => {
    assert.throws(
      () => answerOfChange(answered(429, {}, { 'retry-after': given }), schema, dialect),
      (error) => {
        assert.ok(error instanceof EffectNotMade)
        if (expected === undefined) assert.equal(error.retryAfterMs, undefined)
        else assert.ok(error.retryAfterMs !== undefined && Math.abs(error.retryAfterMs - expected) < 60_000)
        return true
      },
    )
  })
