import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedWebhook } from '../webhook.ts'
import { webhook } from './webhook.ts'

const settings = { clientId: 'CBJ-our-application' }
const arrival = (headers: Readonly<Record<string, string>>) => ({ raw: Buffer.from('{}'), headers, url: '', now: 0 })

test('only what names our application is a hint', () => {
  assert.equal(webhook.verify(arrival({ 'x-adobesign-clientid': settings.clientId }), settings), 'good')
  assert.equal(webhook.verify(arrival({ 'x-adobesign-clientid': 'CBJ-another-one' }), settings), 'bad')
  assert.equal(webhook.verify(arrival({}), settings), 'bad')
})

test('the question whether the address is ours is answered with the id, and only to whoever named it', () => {
  const ask = (headers: Readonly<Record<string, string>>) =>
    webhook.handshake?.(new URLSearchParams(), settings, headers)
  assert.equal(ask({ 'x-adobesign-clientid': settings.clientId }), '{"xAdobeSignClientId":"CBJ-our-application"}')
  assert.equal(ask({ 'x-adobesign-clientid': 'CBJ-another-one' }), undefined)
  assert.equal(ask({}), undefined)
  assert.deepEqual(webhook.acknowledgedWith?.(settings), { 'X-AdobeSign-ClientId': settings.clientId })
})

test('a hint names an agreement, and what is none is refused', () => {
  const hint = { event: 'AGREEMENT_WORKFLOW_COMPLETED', agreement: { id: 'CBJ1', status: 'SIGNED' } }
  const [event] = webhook.parse(Buffer.from(JSON.stringify(hint)), '', settings)
  assert.equal(event?.reference, 'CBJ1')
  assert.equal(event?.account, settings.clientId)
  assert.equal(event?.effectKey, undefined)
  for (const body of ['{"event":"AGREEMENT_CREATED"}', '<xml/>'])
    assert.throws(() => webhook.parse(Buffer.from(body), '', settings), MalformedWebhook)
})
