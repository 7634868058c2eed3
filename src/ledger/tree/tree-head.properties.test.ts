import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../test/support/property-runs.ts'
import { headLine, parseHeadLine, type SignedHead } from './tree-head.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const bytes = (length: fc.IntArrayConstraints) => fc.uint8Array(length).map((array) => Buffer.from(array))
const heads: fc.Arbitrary<SignedHead> = fc.record(
  {
    tenant: text,
    size: fc.maxSafeNat(),
    root: bytes({ minLength: 32, maxLength: 32 }),
    at: fc.maxSafeInteger(),
    signer: text,
    signature: bytes({ maxLength: 80 }),
  },
  { noNullPrototype: true },
)

test('a head comes back from its line as it was, and its line is one line', () =>
  fc.assert(
    fc.property(heads, (head) => {
      const line = headLine(head)
      const read = parseHeadLine(line)
      assert.deepEqual(read, head)
      assert.ok(!line.includes('\n') && line.endsWith('}'))
    }),
    runs(300),
  ))

test('of a line that is damaged anywhere no head is read, or another one whose line is the damaged one', () =>
  fc.assert(
    fc.property(heads, fc.nat(), fc.nat(1), text, (head, place, gone, put) => {
      const line = headLine(head)
      const at = place % line.length
      const damaged = line.slice(0, at) + put + line.slice(at + gone)
      const read = parseHeadLine(damaged)
      if (read === undefined || damaged === line) return
      // What JSON leaves open (spaces, escapes, the order of fields) and the spelling of bytes do not make it another head.
      const again = parseHeadLine(headLine(read))
      assert.deepEqual(again, read)
    }),
    runs(500),
  ))

test('of any other text no head is read, and nothing is thrown', () =>
  fc.assert(
    fc.property(fc.oneof(text, fc.json()), (line) => assert.equal(parseHeadLine(line), undefined)),
    runs(300),
  ))
