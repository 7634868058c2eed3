import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal, type RefusalCode } from '../engine/commands/refusal.ts'
import { type AnswerLink, type DecisionLink, openLinks } from './links.ts'

const keyOf = (byte: number) => createSecretKey(Buffer.alloc(32, byte))
const links = openLinks({ masterKey: keyOf(1), baseUrl: 'https://sijil.example/' })
const answer: AnswerLink = {
  kind: 'answer',
  tenant: 'madar',
  run: 'r',
  signal: 'reply',
  fixed: { round: 2 },
  language: 'ar',
  expiresAt: 1_000,
  id: 'r/send',
}
const decision: DecisionLink = {
  kind: 'decision',
  tenant: 'madar',
  person: 'p',
  task: 't',
  digest: 'd',
  expiresAt: 1_000,
}
const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
const refused = (code: RefusalCode) => (error: unknown) => error instanceof Refusal && error.code === code

test('a link says what was put into it, at an address of its kind', () => {
  assert.match(links.url(answer), /^https:\/\/sijil\.example\/a\/[\w-]+$/)
  assert.match(links.url(decision), /^https:\/\/sijil\.example\/d\/[\w-]+$/)
  assert.deepEqual(links.read('answer', tokenOf(links.url(answer)), 999), answer)
  assert.deepEqual(links.read('decision', tokenOf(links.url(decision)), 999), decision)
})

test('a link is over at its time, and is no link of another kind', () => {
  assert.throws(() => links.read('answer', tokenOf(links.url(answer)), 1_000), refused('LINK_EXPIRED'))
  assert.throws(() => links.read('decision', tokenOf(links.url(answer)), 0), refused('LINK_BAD'))
})

test('the key comes from the master key: the same one reads it later, another does not', () => {
  const token = tokenOf(links.url(answer))
  assert.deepEqual(openLinks({ masterKey: keyOf(1), baseUrl: '' }).read('answer', token, 0), answer)
  assert.throws(() => openLinks({ masterKey: keyOf(2), baseUrl: '' }).read('answer', token, 0), refused('LINK_BAD'))
})

test('a token of which one character differs, or is missing, is bad', () => {
  const token = tokenOf(links.url(answer))
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.nat(alphabet.length - 1), (at, other) => {
      const character = alphabet.charAt(other)
      fc.pre(token[at] !== character)
      const changed = token.slice(0, at) + character + token.slice(at + 1)
      assert.throws(() => links.read('answer', changed, 0), refused('LINK_BAD'))
      assert.throws(() => links.read('answer', token.slice(0, at), 0), refused('LINK_BAD'))
    }),
  )
  for (const text of ['', '!', 'x'.repeat(10_000)])
    assert.throws(() => links.read('answer', text, 0), refused('LINK_BAD'))
})
