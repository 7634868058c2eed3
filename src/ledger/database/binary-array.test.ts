import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { boolArray, byteaArray, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts'
import type { Statement } from './database.ts'
import { isStorableText } from './storable-text.ts'

const limits = { int8: { min: -(2n ** 63n), max: 2n ** 63n - 1n } }
const storable = fc.string({ unit: 'binary' }).filter(isStorableText)

onBothDatabases('Binary arrays', (database) => {
  const roundTrips = async <Value>(
    type: string,
    element: fc.Arbitrary<Value>,
    encode: (values: (Value | null)[]) => Buffer,
    shown: (value: Value) => unknown,
    select = 'value',
  ) => {
    const statement: Statement = {
      name: `unnest-${type}-${select}`,
      text: `select ${select} as value from unnest($1::${type}[]) with ordinality as elements(value, place) order by place`,
    }
    const arrays = fc.array(fc.option(element), { maxLength: 40 })
    const property = fc.asyncProperty(arrays, async (values) => {
      const rows = await database().transaction({ role: 'owner' }, (s) =>
        s.query<{ value: unknown }>(statement, [encode(values)]),
      )
      const expected = values.map((value) => (value === null ? null : shown(value)))
      assert.deepEqual(
        rows.map(({ value }) => value),
        expected,
      )
    })
    await fc.assert(property, { numRuns: 60, examples: [[[]], [[null]]] })
  }

  it('bring text back', () => roundTrips('text', storable, textArray, (text) => text))
  it('bring bytes back', () => roundTrips('bytea', fc.uint8Array(), byteaArray, (bytes) => Buffer.from(bytes)))
  it('bring 64 bits back', () => roundTrips('int8', fc.bigInt(limits.int8), int8Array, String, 'value::text'))
  it('bring safe integers back', () => roundTrips('int8', fc.maxSafeInteger(), int8Array, (value) => value))
  it('bring 32 bits back', () => roundTrips('int4', fc.integer(), int4Array, (value) => value))
  it('bring booleans back', () => roundTrips('bool', fc.boolean(), boolArray, (value) => value))
  it('bring uuids back', () => roundTrips('uuid', fc.uuid(), uuidArray, (value) => value))
})

it('A binary array refuses what its type cannot hold, before anything is sent', () => {
  assert.throws(() => textArray(['a\0b']), { code: 'TEXT_NOT_STORABLE', message: /index 0 holds a NUL/ })
  assert.throws(() => textArray(['fine', '\udc00']), { code: 'TEXT_NOT_STORABLE', message: /index 1 holds half/ })
  assert.throws(() => int8Array([1.5]), RangeError)
  assert.throws(() => int8Array([2n ** 63n]), RangeError)
  assert.throws(() => int4Array([2 ** 31]), RangeError)
  assert.throws(() => int4Array([Number.NaN]), RangeError)
  assert.throws(() => uuidArray(['not-a-uuid']), RangeError)
})

it('Text is storable unless it holds a NUL or half a surrogate pair', () => {
  assert.ok(isStorableText('سجل 🗝️ \u2028 \uffff'))
  assert.ok(!isStorableText('\0'))
  assert.ok(!isStorableText('\ud800'))
})
