import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { MalformedWebhook, type WebhookHeaders } from '../webhook.ts'
import { webhook } from './webhook.ts'

const secrets = { phoneNumberId: '123', appSecret: 'app-secret', verifyToken: 'our-word' }
const parsed = (raw: Buffer) => webhook.parse(raw, '', secrets)
const signed = (raw: Buffer, key = 'app-secret') => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(raw).digest('hex')}`,
})
const bodyOf = (value: object) =>
  Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            {
              field: 'messages',
              value: { messaging_product: 'whatsapp', metadata: { phone_number_id: '123' }, ...value },
            },
          ],
        },
      ],
    }),
  )

const arrived = (raw: Buffer, headers: WebhookHeaders) => ({ raw, headers, url: 'https://sijil.example/', now: 0 })

test('only the app secret signs, over the bytes as they came', () => {
  // Meta escapes what is not ASCII: parsed and written again, the bytes would differ.
  const raw = Buffer.from(String.raw`{"text":"\u0623\u0648\u0627\u0641\u0642"}`)
  assert.equal(webhook.verify(arrived(raw, signed(raw)), secrets), 'good')
  assert.equal(webhook.verify(arrived(raw, signed(raw, 'another')), secrets), 'bad')
  assert.equal(
    webhook.verify(arrived(Buffer.from(JSON.stringify(JSON.parse(raw.toString()))), signed(raw)), secrets),
    'bad',
  )
  assert.equal(webhook.verify(arrived(raw, { 'x-hub-signature-256': ['sha256=', 'sha256='] }), secrets), 'bad')
  assert.equal(webhook.verify(arrived(raw, {}), secrets), 'bad')
})

test('a failed message tells the code and nothing of the person', () => {
  const failed = {
    id: 'wamid.1',
    status: 'failed',
    timestamp: '1750000000',
    recipient_id: '966501234567',
    errors: [{ code: 131026 }],
  }
  assert.deepEqual(parsed(bodyOf({ statuses: [{ ...failed, biz_opaque_callback_data: 'run/notify#1' }] })), [
    {
      connector: 'whatsapp',
      account: '123',
      id: 'wamid.1/failed',
      event: 'failed',
      effectKey: 'run/notify#1',
      reference: 'wamid.1',
      at: 1_750_000_000_000,
      payload: { errorCode: 131026 },
    },
  ])
})

test('a status or a field that is not known yet is left out', () => {
  const played = { id: 'wamid.1', status: 'played', timestamp: '1750000000' }
  assert.deepEqual(parsed(bodyOf({ statuses: [played] })), [])
  assert.throws(() => parsed(Buffer.from('{"object":"page","entry":[]}')), MalformedWebhook)
})

test('what cannot be taken for a text makes the webhook malformed', () => {
  const id = { length: { toString: 1 } }
  assert.throws(() => parsed(bodyOf({ statuses: [{ id, status: 'sent', timestamp: '1750000000' }] })), MalformedWebhook)
})

test('a time that is none makes the webhook malformed', () => {
  for (const timestamp of ['', 'now', '9'.repeat(20), '9'.repeat(400)])
    assert.throws(() => parsed(bodyOf({ statuses: [{ id: 'wamid.1', status: 'sent', timestamp }] })), MalformedWebhook)
})
