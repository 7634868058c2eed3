/** Twilio's own package: its client does what the connector does, and its validator judges by whose word a webhook comes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import twilio from 'twilio'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { webhook } from '../../../src/connectors/twilio/webhook.ts'
import { startWorld } from '../../test-world.ts'

test('the official client sends a message, finds it in the list, and is refused without credentials', async () => {
  const { sandbox, close } = await startWorld({ settingsFor: ['twilio'] })
  const { SIJIL_TWILIO_ACCOUNT_SID: sid = '', SIJIL_TWILIO_AUTH_TOKEN: token = '' } = sandbox.settings
  const clientOf = (password: string) => {
    const client = twilio(sid, password)
    const { httpClient } = client
    const request = httpClient.request.bind(httpClient)
    httpClient.request = (options) =>
      request({ ...options, uri: options.uri.replace('https://api.twilio.com', `${sandbox.url}/twilio`) })
    return client
  }
  try {
    const client = clientOf(token)
    const sent = await client.messages.create({ to: '+966501234567', from: 'Madar', body: 'موعدكم غدا' })
    assert.match(sent.sid, /^SM[0-9a-f]{32}$/)
    assert.equal(sent.status, 'queued')
    const [found] = await client.messages.list({ to: '+966501234567', limit: 5 })
    assert.deepEqual({ sid: found?.sid, body: found?.body }, { sid: sent.sid, body: 'موعدكم غدا' })
    await assert.rejects(clientOf('wrong').messages.list({ limit: 1 }), { status: 401, code: 20003 })
    await assert.rejects(client.messages.create({ to: 'nobody', from: 'Madar', body: 'x' }), { status: 400 })
  } finally {
    await close()
  }
})

test('what the official validator finds good or bad we find so too', () => {
  const url = 'https://sijil.example/webhooks/demo/twilio/AC1?key=run%2Fnotify%231'
  const forms: readonly Record<string, string>[] = [
    { MessageSid: 'SM1', MessageStatus: 'sent', AccountSid: 'AC1' },
    { MessageSid: 'SM1', MessageStatus: 'failed', ErrorCode: '30003', Body: 'مرحبا + & = %' },
    {},
  ]
  const secrets = { accountSid: 'AC1', authToken: 'token', webhookUrl: undefined }
  for (const form of forms)
    for (const [signedWith, address] of [
      ['token', url],
      ['token', url.replace('sijil.example/', 'sijil.example:443/')],
      ['another', url],
      ['token', `${url}x`],
    ] as const) {
      const signature = getExpectedTwilioSignature(signedWith, address, form)
      const raw = Buffer.from(new URLSearchParams(form).toString())
      const verdict = webhook.verify({ raw, headers: { 'x-twilio-signature': signature }, url, now: 0 }, secrets)
      assert.equal(
        verdict === 'good',
        twilio.validateRequest('token', signature, url, form),
        `${signedWith} ${address}`,
      )
    }
})

test('behind a proxy the address that was given to Twilio counts, not the one we are called by', () => {
  const known = 'https://growth.example/sijil'
  const form = { MessageSid: 'SM1', MessageStatus: 'sent', AccountSid: 'AC1' }
  const signature = getExpectedTwilioSignature('token', `${known}/webhooks/demo/twilio/AC1?key=k`, form)
  const arrival = {
    raw: Buffer.from(new URLSearchParams(form).toString()),
    headers: { 'x-twilio-signature': signature },
    url: 'http://10.0.0.7:4747/webhooks/demo/twilio/AC1?key=k',
    now: 0,
  }
  const secrets = { accountSid: 'AC1', authToken: 'token' }
  const byItsName = { ...arrival, url: `${known}/webhooks/demo/twilio/AC1?key=k` }
  for (const called of [arrival, byItsName])
    assert.equal(webhook.verify(called, { ...secrets, webhookUrl: known }), 'good', called.url)
  assert.equal(webhook.verify(arrival, { ...secrets, webhookUrl: undefined }), 'bad')
})
