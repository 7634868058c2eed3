import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../test/support/property-runs.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import { type Link, openLinks } from './links.ts'

const links = openLinks({ masterKey: createSecretKey(Buffer.alloc(32, 9)), baseUrl: 'https://sijil.example' })
const text = fc.string({ unit: 'binary', maxLength: 30 })
const expiresAt = fc.integer({ min: 1, max: 8.64e15 })
/** No field of a contract is called `__proto__`, and its schema would leave one out. */
const names = fc.oneof(text, fc.constantFrom('constructor', '1')).filter((name) => name !== '__proto__')
const fixed = fc.dictionary(names, fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), {
  maxKeys: 4,
})
const anyLink: fc.Arbitrary<Link> = fc.oneof(
  fc.record({
    kind: fc.constant('decision' as const),
    tenant: text,
    person: text,
    task: text,
    digest: text,
    expiresAt,
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    tenant: text,
    run: text,
    signal: text,
    fixed,
    language: fc.constantFrom('ar' as const, 'en' as const),
    expiresAt,
    id: text,
  }),
  fc.record({
    kind: fc.constant('stop' as const),
    tenant: text,
    channel: fc.constantFrom('email' as const, 'whatsapp' as const, 'sms' as const),
    contact: text,
    language: fc.constantFrom('ar' as const, 'en' as const),
  }),
  fc.record({ kind: fc.constant('log' as const), tenant: text, person: text, expiresAt }),
)
const tokenOf = (link: Link): string => links.url(link).slice('https://sijil.example/x/'.length)

test('a link says what was put into it, and is written again as it was', () =>
  fc.assert(
    fc.property(anyLink, (link) => {
      const token = tokenOf(link)
      const read = links.read(link.kind, token, link.kind === 'stop' ? 0 : link.expiresAt - 1)
      assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(link)))
      assert.equal(tokenOf(read), token)
    }),
    runs(300),
  ))

test('whatever is no token of ours is refused as a bad link, and nothing else is thrown', () =>
  fc.assert(
    fc.property(
      fc.oneof(text, fc.base64String({ maxLength: 200 }), fc.stringMatching(/^[\w-]{0,200}$/)),
      fc.constantFrom('decision' as const, 'answer' as const, 'stop' as const, 'log' as const),
      (token, kind) =>
        assert.throws(
          () => links.read(kind, token, 0),
          (error) => error instanceof Refusal && error.code === 'LINK_BAD',
        ),
    ),
    runs(300),
  ))
