import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VendorEvent } from '../engine/commands/vendor-events.ts'
import { configuredWebhook } from './configured-webhook.ts'
import type { HintingWebhook, Replay, SignedWebhook } from './webhook.ts'

const WINDOW_MS = 300_000
const arrival = (now: number, headers = {}) => ({
  raw: Buffer.from('{}'),
  headers,
  url: 'https://sijil.example/w',
  now,
})
const event = (id: string): VendorEvent => ({
  connector: 'vendor',
  account: 'ours',
  id,
  event: 'signed',
  effectKey: undefined,
  reference: id,
  at: 0,
  payload: {},
})

const signed = (replay: Replay, verdict: 'good' | 'bad' = 'good'): SignedWebhook<null> => ({
  signature: 'HMAC-SHA256',
  replay,
  account: () => 'ours',
  verify: () => verdict,
  parse: () => [event('1')],
})
const window: Replay = {
  kind: 'time window',
  windowMs: WINDOW_MS,
  attemptAt: ({ headers }) => (typeof headers['sent-at'] === 'string' ? Number(headers['sent-at']) : undefined),
}

test('where each attempt is signed with its time, one of another time is late', () => {
  const { verify } = configuredWebhook(signed(window), null, undefined)
  const sentAt = 1_000_000
  for (const now of [sentAt, sentAt + WINDOW_MS, sentAt - WINDOW_MS])
    assert.equal(verify(arrival(now, { 'sent-at': String(sentAt) })), 'good')
  for (const now of [sentAt + WINDOW_MS + 1, sentAt - WINDOW_MS - 1])
    assert.equal(verify(arrival(now, { 'sent-at': String(sentAt) })), 'late')
  assert.equal(verify(arrival(sentAt)), 'late', 'a time that is not told')
  assert.equal(verify(arrival(sentAt, { 'sent-at': 'soon' })), 'late', 'a time that is none')
  assert.equal(configuredWebhook(signed(window, 'bad'), null, undefined).verify(arrival(0)), 'bad')
})

test('where the vendor repeats the same bytes for days, no time is too late', () => {
  const { verify } = configuredWebhook(signed({ kind: 'remembered', retriesForMs: 1 }), null, undefined)
  assert.equal(verify(arrival(Number.MAX_SAFE_INTEGER)), 'good')
})

test('of mere hints only what the vendor says when it is asked counts', async () => {
  const hinting: HintingWebhook<null, ReadonlySet<string>> = {
    signature: 'none',
    replay: { kind: 'remembered', retriesForMs: 1 },
    account: () => 'ours',
    verify: () => 'good',
    parse: () => [],
    confirm: async (hint, known) => (known.has(hint.id) ? { ...hint, event: 'as the vendor says' } : undefined),
  }
  const { confirmed } = configuredWebhook(hinting, null, new Set(['true']))
  const told = await confirmed([event('true'), event('forged')], new AbortController().signal)
  assert.deepEqual(told, [{ ...event('true'), event: 'as the vendor says' }])
})

test('what a vendor has signed is not asked about again', async () => {
  const { confirmed } = configuredWebhook(signed(window), null, undefined)
  assert.deepEqual(await confirmed([event('1')], new AbortController().signal), [event('1')])
})
