import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { message, sendTemplate } from './subjects.ts'
import { whatsapp as meta } from './vendor.ts'

connectorSuite(sendTemplate)

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
