import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../test/support/property-runs.ts'
import {
  MalformedId,
  newReceiptId,
  newRunId,
  newTaskId,
  parsePersonId,
  parseRunId,
  parseTaskId,
  parseTenantId,
} from './ids.ts'

const uuids = fc.uuid()
const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)
const parsers = fc.constantFrom<(text: string) => string>(parseRunId, parseTaskId, parseTenantId, parsePersonId)
/** Near misses: an id with one character changed, put in or left out. */
const nearly = fc
  .tuple(
    fc.oneof(uuids, names),
    fc.nat(70),
    fc.nat(1),
    fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 1 })),
  )
  .map(([id, at, gone, character]) => id.slice(0, at) + character + id.slice(at + gone))

test('an id is given back as it was written', () => {
  fc.assert(
    fc.property(uuids, names, (uuid, name) => {
      for (const parse of [parseRunId, parseTaskId]) assert.equal(parse(uuid), uuid)
      for (const parse of [parseTenantId, parsePersonId]) assert.equal(parse(name), name)
    }),
    runs(200),
  )
  for (const fresh of [newRunId(), newTaskId(), newReceiptId()]) assert.equal(parseRunId(fresh), fresh)
})

test('of any other text the parser says that it is no id, and never gives back another text', () =>
  fc.assert(
    fc.property(
      parsers,
      fc.oneof(
        fc.string({ unit: 'binary' }),
        nearly,
        uuids.map((id) => id.toUpperCase()),
      ),
      (parse, text) => {
        try {
          assert.equal(parse(text), text)
          assert.match(text, /^[a-z0-9-]+$/)
          assert.ok(text.length <= 63)
        } catch (error) {
          if (!(error instanceof MalformedId)) throw error
          assert.equal(error.code, 'MALFORMED_ID')
          if (text.length > 12) assert.ok(!error.message.includes(text), 'the message holds nothing of the text')
        }
      },
    ),
    runs(500),
  ))
