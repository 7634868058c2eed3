import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { MalformedWebhook } from '../webhook.ts'
import { webhook } from './webhook.ts'

const settings = { account: 'host', webhookSecret: 'a-secret-of-ours' }
const body = {
  triggerEvent: 'BOOKING_CREATED',
  createdAt: '2026-11-22T10:00:00.000Z',
  payload: { uid: 'booking-1', metadata: { sijil_key: 'run/book#1' } },
}
const raw = Buffer.from(JSON.stringify(body))
const verdict = (signature: string | undefined) =>
  webhook.verify({ raw, headers: { 'x-cal-signature-256': signature }, url: '', now: 0 }, settings)

test('only our secret signs, over the bytes as they came', () => {
  const sign = (secret: string) => createHmac('sha256', secret).update(raw).digest('hex')
  assert.equal(verdict(sign(settings.webhookSecret)), 'good')
  assert.equal(verdict(sign('another-secret')), 'bad')
  assert.equal(verdict(undefined), 'bad')
})

test('what says that no secret was set is unsigned', () => {
  assert.equal(verdict('no-secret-provided'), 'bad')
})

test('an event is known by what happened, to which meeting, and when', () => {
  assert.deepEqual(webhook.parse(raw, '', settings), [
    {
      connector: 'cal-com',
      account: 'host',
      id: 'booking-1/BOOKING_CREATED/2026-11-22T10:00:00.000Z',
      event: 'booked',
      effectKey: 'run/book#1',
      reference: 'booking-1',
      at: Date.UTC(2026, 10, 22, 10),
      payload: {},
    },
  ])
})

test('what no flow waits for is left out, and what is not understood is refused', () => {
  const parse = (text: string) => webhook.parse(Buffer.from(text), '', settings)
  assert.deepEqual(parse(JSON.stringify({ ...body, triggerEvent: 'MEETING_ENDED' })), [])
  assert.throws(() => parse('{"triggerEvent":"BOOKING_CREATED"}'), MalformedWebhook)
})
