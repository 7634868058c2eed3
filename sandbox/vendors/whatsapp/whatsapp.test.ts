import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { message, sendTemplate, sendText } from './subjects.ts'
import { whatsapp as meta } from './vendor.ts'

connectorSuite(sendTemplate)
connectorSuite(sendText)

const WINDOW_MS = 24 * 3_600_000
const phoneOf = ({ sandbox }: World) => sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''

test('statuses and replies come back in our words, with our key, whatever their order', async () => {
  const world = await startWorld()
  const { sandbox, events } = world
  try {
    sandbox.webhooks.hold()
    const { messageId } = await world.open({ mode: 'make', key: 'run/notice#1' }).whatsapp.sendTemplate(message)
    sandbox.of(meta).see(messageId, 'read')
    sandbox.of(meta).reply(messageId, 'أوافق')
    sandbox.webhooks.release('reversed')
    await sandbox.webhooks.settled()
    assert.deepEqual(
      events.map(({ event }) => event),
      ['replied', 'read', 'delivered', 'sent'],
    )
    assert.deepEqual(new Set(events.map(({ reference }) => reference)), new Set([messageId]))
    assert.deepEqual(
      events.map(({ effectKey }) => effectKey),
      [undefined, 'run/notice#1', 'run/notice#1', 'run/notice#1'],
    )
    assert.equal(events[0]?.payload['text'], 'أوافق')
  } finally {
    await world.close()
  }
})

test('the same status twice has one id; a forged one does not get in', async () => {
  const world = await startWorld()
  const { sandbox, events } = world
  try {
    await world.open({ mode: 'make', key: 'run/notice#1' }).whatsapp.sendTemplate(message)
    await sandbox.webhooks.settled()
    const [first] = sandbox.webhooks.all()
    assert.ok(first)
    sandbox.webhooks.repeat(first.id)
    await sandbox.webhooks.settled()
    assert.equal(events.length, 3)
    assert.equal(new Set(events.map(({ id }) => id)).size, 2)
    assert.equal(await sandbox.webhooks.forge(first.id), 401)
    assert.equal(events.length, 3)
  } finally {
    await world.close()
  }
})

test('the handshake proves that the address is ours', async () => {
  const world = await startWorld()
  try {
    assert.equal(await world.sandbox.of(meta).handshake(), true)
    const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': 'guess', 'hub.challenge': '1' })
    assert.equal(world.connector('whatsapp').webhook?.handshake(query), undefined)
  } finally {
    await world.close()
  }
})

test('a template that was not approved is refused', async () => {
  const world = await startWorld({ templates: ['welcome'] })
  try {
    const failure = await failureOf(world.open({ mode: 'make', key: 'run/notice#1' }).whatsapp.sendTemplate(message))
    assert.ok(failure instanceof EffectRefused)
    assert.match(failure.message, /132001/)
  } finally {
    await world.close()
  }
})

test('a key that is too long for the field travels as its digest', async () => {
  const world = await startWorld()
  const key = `run/${'branch/'.repeat(100)}notice#1`
  try {
    await world.open({ mode: 'make', key }).whatsapp.sendTemplate(message)
    const [act] = world.sandbox.acts()
    assert.match(act?.key ?? '', /^sha256-[0-9a-f]{64}$/)
  } finally {
    await world.close()
  }
})

test('only who has written in the last 24 hours is answered freely; nobody else is asked for it', async () => {
  const world = await startWorld()
  try {
    const answer = { to: message.to, text: 'نعم' }
    const at = (now: number, key: string) =>
      world.open({ mode: 'make', key, now, deadline: now + 60_000 }).whatsapp.sendText(answer)
    const strangers = await failureOf(at(Date.now(), 'run/answer#1'))
    assert.ok(strangers instanceof EffectRefused)
    assert.equal(strangers.code, 'WINDOW_CLOSED')
    assert.equal(world.sandbox.requests().length, 0, 'refused before sending')

    world.sandbox.of(meta).write(message.to, 'هل من جديد؟')
    await world.sandbox.webhooks.settled()
    const wroteAt = (
      await world.contacts.of('demo', { channel: 'whatsapp', account: phoneOf(world), address: message.to })
    ).wroteAt
    assert.ok(wroteAt)
    await at(wroteAt + WINDOW_MS - 1, 'run/answer#2')
    const late = await failureOf(at(wroteAt + WINDOW_MS, 'run/answer#3'))
    assert.ok(late instanceof EffectRefused && late.code === 'WINDOW_CLOSED')
    assert.doesNotMatch(late.message, /96650/)
    assert.deepEqual(
      world.sandbox.acts().map(({ key }) => key),
      ['run/answer#2'],
    )
  } finally {
    await world.close()
  }
})

test('the vendor refuses by itself what we should not have sent', async () => {
  const world = await startWorld({ marketingTemplates: ['offer'] })
  try {
    const { contacts } = world
    const of = { channel: 'whatsapp', account: phoneOf(world), address: message.to } as const
    await contacts.note('demo', [{ ...of, word: 'wrote', at: Date.now() }], 'a word that the vendor knows nothing of')
    const open = (key: string) => world.open({ mode: 'make', key }).whatsapp
    const window = await failureOf(open('run/answer#1').sendText({ to: message.to, text: 'نعم' }))
    assert.match(window instanceof EffectRefused ? window.message : '', /131047/)

    world.sandbox.of(meta).prefer(message.to, 'stop')
    const stopped = await failureOf(open('run/offer#1').sendTemplate({ ...message, template: 'offer' }))
    assert.match(stopped instanceof EffectRefused ? stopped.message : '', /131050/)
    assert.equal(world.sandbox.acts().length, 0)
  } finally {
    await world.close()
  }
})

test('who stops marketing gets no promotion any more, and the rest as before; who resumes gets both', async () => {
  const world = await startWorld()
  try {
    const send = (key: string, purpose: 'service' | 'promotion') =>
      world.open({ mode: 'make', key }).whatsapp.sendTemplate({ ...message, purpose })
    world.sandbox.of(meta).prefer(message.to, 'stop')
    await world.sandbox.webhooks.settled()
    assert.deepEqual(world.events, [], 'no flow waits for it')
    const refused = await failureOf(send('run/offer#1', 'promotion'))
    assert.ok(refused instanceof EffectRefused && refused.code === 'CONTACT_STOPPED')
    await send('run/notice#1', 'service')

    const other = { ...message, to: '+966507654321' }
    const of = { channel: 'whatsapp', account: phoneOf(world), address: other.to } as const
    await world.contacts.note('demo', [{ ...of, word: 'stop', at: Date.now() - 60_000 }], 'a minute ago')
    world.sandbox.of(meta).prefer(other.to, 'resume')
    await world.sandbox.webhooks.settled()
    await world.open({ mode: 'make', key: 'run/offer#2' }).whatsapp.sendTemplate({ ...other, purpose: 'promotion' })
    assert.deepEqual(
      world.sandbox.acts().map(({ key }) => key),
      ['run/notice#1', 'run/offer#2'],
    )
  } finally {
    await world.close()
  }
})

test('what has been read does not become unread', async () => {
  const world = await startWorld()
  try {
    const { messageId } = await world.open({ mode: 'make', key: 'run/notice#1' }).whatsapp.sendTemplate(message)
    const vendor = world.sandbox.of(meta)
    vendor.see(messageId, 'read')
    vendor.see(messageId, 'delivered')
    assert.equal(vendor.messages()[0]?.status, 'read')
  } finally {
    await world.close()
  }
})
