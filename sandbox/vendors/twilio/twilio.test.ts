import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectHeldBack, EffectRefused, EffectUnknown } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { sendText, text } from './subjects.ts'
import { twilio } from './vendor.ts'

connectorSuite(sendText)

const RIYADH_NOON = Date.UTC(2026, 10, 22, 9)
const HOUR_MS = 3_600_000

test('statuses come back with our key, are known by one id, and tell no number', async () => {
  const world = await startWorld({ settingsFor: ['twilio'] })
  const { sandbox, events } = world
  try {
    const key = "0198c0de-0000-7000-8000-000000000001/notify's (first)#1"
    const { messageId } = await world.open({ mode: 'make', key }).sms.send(text)
    sandbox.of(twilio).lose(messageId)
    await sandbox.webhooks.settled()
    assert.deepEqual(
      events.map(({ event, effectKey, reference, payload }) => ({ event, effectKey, reference, payload })),
      [
        { event: 'sent', effectKey: key, reference: messageId, payload: {} },
        { event: 'delivered', effectKey: key, reference: messageId, payload: {} },
        { event: 'undelivered', effectKey: key, reference: messageId, payload: { errorCode: 30003 } },
      ],
    )
    assert.doesNotMatch(JSON.stringify(events), /96650/)
    const [first] = sandbox.webhooks.all()
    assert.ok(first)
    sandbox.webhooks.repeat(first.id)
    await sandbox.webhooks.settled()
    assert.equal(new Set(events.map(({ id }) => id)).size, 3)
    assert.equal(await sandbox.webhooks.forge(first.id), 401)
  } finally {
    await world.close()
  }
})

test('a message of the same text may be ours: a probe that hears of no status leaves it in doubt', async () => {
  const world = await startWorld({ settingsFor: ['twilio'] })
  try {
    await world.open({ mode: 'make', key: 'run/other#1' }).sms.send(text)
    await world.sandbox.webhooks.settled()
    const said = await failureOf(world.open({ mode: 'probe', key: 'run/ours#1' }).sms.send(text))
    assert.ok(said instanceof EffectUnknown && said.code === 'MAYBE_SENT')
  } finally {
    await world.close()
  }
})

test('a promotion to a Saudi number goes out under its own name, in its hours, to who has not stopped them', async () => {
  const world = await startWorld({ settingsFor: ['twilio'] })
  try {
    const promotion = { ...text, purpose: 'promotion' } as const
    const at = (now: number, key: string, settings = {}) =>
      world.openWith(settings, { mode: 'make', key, now, deadline: now + 60_000 }).sms.send(promotion)
    await at(RIYADH_NOON, 'run/offer#1')
    assert.equal(world.sandbox.of(twilio).messages()[0]?.from, 'Madar-AD')
    for (const [now, wait] of [
      [RIYADH_NOON + 9 * HOUR_MS, 12 * HOUR_MS],
      [RIYADH_NOON - 4 * HOUR_MS, HOUR_MS],
    ] as const) {
      const held = await failureOf(at(now, 'run/offer#2'))
      assert.ok(held instanceof EffectHeldBack && held.code === 'OUTSIDE_HOURS')
      assert.equal(held.retryAfterMs, wait)
    }
    const nameless = await failureOf(at(RIYADH_NOON, 'run/offer#3', { SIJIL_TWILIO_PROMOTION_FROM: '' }))
    assert.ok(nameless instanceof EffectRefused && nameless.code === 'NO_PROMOTION_SENDER')
    for (const from of ['+15005550006', 'Madar', 'Madar-Najd1'])
      await assert.rejects(at(RIYADH_NOON, 'run/offer#4', { SIJIL_TWILIO_PROMOTION_FROM: from }), {
        code: 'SENDER_NOT_ALLOWED',
      })
    const stop = { channel: 'sms', account: '', address: text.to, word: 'stop', at: Date.now() } as const
    await world.contacts.note('demo', [stop], 'test')
    await assert.rejects(at(RIYADH_NOON, 'run/offer#5'), { code: 'CONTACT_STOPPED' })
    assert.equal(world.sandbox.acts().length, 1)
  } finally {
    await world.close()
  }
})

test('a number that told Twilio to stop is refused by Twilio', async () => {
  const world = await startWorld({ settingsFor: ['twilio'] })
  try {
    world.sandbox.of(twilio).stop(text.to)
    const failure = await failureOf(world.open({ mode: 'make', key: 'run/notify#1' }).sms.send(text))
    assert.match(failure instanceof EffectRefused ? failure.message : '', /21610/)
  } finally {
    await world.close()
  }
})
