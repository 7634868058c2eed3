import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSystems } from '../src/connectors/open-systems.ts'
import { readAccounts } from '../src/connectors/settings.ts'
import { type Incoming, serve } from './http-server.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { startWorld, until, withoutLedger } from './test-world.ts'
import { docusign } from './vendors/docusign/vendor.ts'

const makeIn = (sandbox: Sandbox, key: string) =>
  openSystems(
    readAccounts(sandbox.settings),
    withoutLedger(),
  )({
    mode: 'make',
    tenant: 'demo',
    key,
    now: Date.now(),
    deadline: Date.now() + 60_000,
    abort: new AbortController().signal,
    begin: () => {},
    sightings: async () => [],
  })
const message = { to: '+966501234567', template: 'terms_sent', language: 'ar', parameters: ['نورة'] } as const

test('acts, credentials and webhooks on their way survive a restart of both sides', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sijil-sandbox-'))
  const taken: string[] = []
  const receive = (status: number, port: number) => {
    const answer = ({ raw }: Incoming) => {
      taken.push(raw.toString('utf8'))
      return { status, body: '' }
    }
    return serve([{ method: 'POST', path: '/webhooks/demo/whatsapp/:account', answer }], port, '127.0.0.1')
  }
  try {
    const refusing = await receive(503, 0)
    const options = { dataDir, httpPort: 0, smtpPort: 0, webhookTarget: `http://127.0.0.1:${refusing.port}` }
    const first = await startSandbox(options)
    await makeIn(first, 'run/notify#1').whatsapp.sendTemplate(message)
    await until(() => taken.length > 0)
    await refusing.close()
    await first.close()

    const taking = await receive(200, refusing.port)
    const second = await startSandbox(options)
    await second.webhooks.settled()
    assert.deepEqual(
      second.acts().map(({ action, key }) => ({ action, key })),
      [{ action: 'message sent', key: 'run/notify#1' }],
    )
    assert.equal(second.settings['SIJIL_WHATSAPP_TOKEN'], first.settings['SIJIL_WHATSAPP_TOKEN'])
    assert.equal(second.settings['SIJIL_DOCUSIGN_PRIVATE_KEY'], first.settings['SIJIL_DOCUSIGN_PRIVATE_KEY'])
    assert.deepEqual(
      second.webhooks.all().map(({ state }) => state),
      ['delivered', 'delivered'],
    )
    await second.close()
    await taking.close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

test('an envelope that names its own address reports there', async () => {
  const world = await startWorld({ tenant: 'another' })
  try {
    await world.open({ mode: 'make', key: 'run/send#1', tenant: 'tenant-7' }).esign.sendEnvelope({
      subject: 'Agreement',
      message: 'Please sign',
      document: { name: 'a.pdf', contentBase64: 'JVBERi0=' },
      signers: [{ name: 'Noura', email: 'noura@partner.example', language: 'ar' }],
    })
    assert.match(world.sandbox.webhooks.all()[0]?.url ?? '', /\/webhooks\/tenant-7\/docusign\//)
  } finally {
    await world.close()
  }
})

test('the page shows every tab in both languages, and escapes what comes from outside', async () => {
  const world = await startWorld()
  const { sandbox } = world
  try {
    const injected = '<img src=x onerror=alert(1)>'
    await world.open({ mode: 'make', key: 'run/mail#1' }).email.send({
      to: 'noura@partner.example',
      subject: injected,
      text: `${injected} https://growth.example/d/1`,
      language: 'en',
    })
    await world
      .open({ mode: 'make', key: 'run/notify#1' })
      .whatsapp.sendTemplate({ ...message, parameters: [injected] })
    for (const [lang, dir] of [
      ['en', 'ltr'],
      ['ar', 'rtl'],
    ])
      for (const tab of ['mail', 'messages', 'envelopes', 'crm', 'acts', 'faults']) {
        const response = await fetch(`${sandbox.url}/?tab=${tab}&lang=${lang}`)
        const text = await response.text()
        assert.equal(response.status, 200)
        assert.match(text, new RegExp(`<html lang="${lang}" dir="${dir}">`))
        assert.ok(!text.includes(injected))
      }
    const mail = await (await fetch(`${sandbox.url}/?tab=mail`)).text()
    assert.match(mail, /<a href="https:\/\/growth\.example\/d\/1" target="_blank"/)
  } finally {
    await world.close()
  }
})

test('what its buttons do can be asked for by a test of another process', async () => {
  const world = await startWorld()
  const { sandbox } = world
  const post = (path: string, body: Readonly<Record<string, string>> = {}) =>
    fetch(`${sandbox.url}${path}`, { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' })
  try {
    const { envelopeId } = await world.open({ mode: 'make', key: 'run/send#1' }).esign.sendEnvelope({
      subject: 'Agreement',
      message: 'Please sign',
      document: { name: 'a.pdf', contentBase64: 'JVBERi0=' },
      signers: [{ name: 'Noura', email: 'noura@partner.example', language: 'ar' }],
    })
    assert.equal((await post(`/inspect/envelopes/${envelopeId}/sign/1`)).status, 303)
    assert.equal(sandbox.of(docusign).envelopes()[0]?.status, 'completed')
    await post('/inspect/faults', { vendor: 'hubspot', kind: 'limit', times: '2', operation: '' })
    assert.deepEqual(sandbox.faults.coming(), [{ vendor: 'hubspot', operation: undefined, kind: 'limit', times: 2 }])
    assert.equal((await post('/inspect/faults', { vendor: 'nobody', kind: 'limit' })).status, 400)
    await post('/inspect/faults/clear')
    assert.deepEqual(sandbox.faults.coming(), [])
    const acts: unknown = await (await fetch(`${sandbox.url}/inspect/acts.json`)).json()
    assert.deepEqual(acts, JSON.parse(JSON.stringify(sandbox.acts())))
  } finally {
    await world.close()
  }
})

test('the vendors refuse what they document as required', async () => {
  const { sandbox, close } = await startWorld()
  const token = sandbox.settings['SIJIL_WHATSAPP_TOKEN'] ?? ''
  const send = async (change: object) => {
    const body = {
      messaging_product: 'whatsapp',
      to: '+966501234567',
      type: 'template',
      template: { name: 'a', language: { code: 'ar' } },
      ...change,
    }
    const number = sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${sandbox.url}/whatsapp/v23.0/${number}/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    await response.arrayBuffer()
    return response.status
  }
  try {
    assert.equal(await send({}), 200)
    assert.equal(await send({ messaging_product: undefined }), 400)
    assert.equal(await send({ to: 'noura' }), 400)
    assert.equal(await send({ type: 'text', text: { body: 'hello' } }), 400)
    assert.equal(await send({ biz_opaque_callback_data: 'x'.repeat(513) }), 400)
    assert.equal(sandbox.acts().length, 1)
  } finally {
    await close()
  }
})
