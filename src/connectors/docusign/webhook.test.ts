import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { MalformedWebhook, type WebhookHeaders } from '../webhook.ts'
import { webhook } from './webhook.ts'

const secrets = { accountId: 'account-1', hmacKeys: ['new-key', 'old-key'] }
const parsed = (raw: Buffer) => webhook.parse(raw, '', secrets)
const signature = (raw: Buffer, key: string) => createHmac('sha256', key).update(raw).digest('base64')
const bodyOf = (event: string) =>
  Buffer.from(
    JSON.stringify({
      event,
      apiVersion: 'v2.1',
      retryCount: 0,
      generatedDateTime: '2026-11-22T10:00:00.0000000Z',
      data: {
        accountId: 'account-1',
        envelopeId: 'envelope-1',
        envelopeSummary: {
          status: 'completed',
          customFields: { textCustomFields: [{ name: 'sijil_key', value: 'run/send#1' }], listCustomFields: [] },
        },
      },
    }),
  )

const arrived = (raw: Buffer, headers: WebhookHeaders) => ({ raw, headers, url: 'https://sijil.example/', now: 0 })

test('any of our keys in any of the headers is good', () => {
  const raw = bodyOf('envelope-completed')
  for (const key of secrets.hmacKeys) {
    const headers = { 'x-docusign-signature-1': 'c29tZXRoaW5n', 'x-docusign-signature-2': signature(raw, key) }
    assert.equal(webhook.verify(arrived(raw, headers), secrets), 'good')
  }
})

test('another key, one changed byte, or no signature is bad', () => {
  const raw = bodyOf('envelope-completed')
  const changed = Buffer.from(raw)
  changed[5] = (changed[5] ?? 0) ^ 1
  assert.equal(webhook.verify(arrived(raw, { 'x-docusign-signature-1': signature(raw, 'their-key') }), secrets), 'bad')
  assert.equal(
    webhook.verify(arrived(changed, { 'x-docusign-signature-1': signature(raw, 'new-key') }), secrets),
    'bad',
  )
  assert.equal(webhook.verify(arrived(raw, { 'x-docusign-signature-x': signature(raw, 'new-key') }), secrets), 'bad')
  assert.equal(webhook.verify(arrived(raw, {}), secrets), 'bad')
  assert.equal(
    webhook.verify(arrived(raw, { 'x-docusign-signature-1': signature(raw, '') }), { ...secrets, hmacKeys: [] }),
    'bad',
  )
})

test('completed means signed, and the event carries our key', () => {
  assert.deepEqual(parsed(bodyOf('envelope-completed')), [
    {
      connector: 'docusign',
      account: 'account-1',
      id: 'envelope-1/signed',
      event: 'signed',
      effectKey: 'run/send#1',
      reference: 'envelope-1',
      at: Date.UTC(2026, 10, 22, 10),
      payload: {},
    },
  ])
})

test('what no flow waits for is left out, and what is not understood is refused', () => {
  assert.deepEqual(parsed(bodyOf('recipient-completed')), [])
  assert.throws(() => parsed(Buffer.from('{"event":"envelope-completed"}')), MalformedWebhook)
  assert.throws(() => parsed(Buffer.from('<xml/>')), MalformedWebhook)
})
