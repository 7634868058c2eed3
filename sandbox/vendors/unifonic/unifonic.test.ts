import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { sendText, text } from './subjects.ts'
import { unifonic } from './vendor.ts'

connectorSuite(sendText)

const world = () => startWorld({ settingsFor: ['unifonic'] })

test('statuses come back with our key, are known by one id, and tell no number', async () => {
  const { sandbox, events, open, close } = await world()
  try {
    const { messageId } = await open({ mode: 'make', key: 'run/notify#1' }).sms.send(text)
    sandbox.of(unifonic).lose(messageId)
    await sandbox.webhooks.settled()
    const [first] = sandbox.webhooks.all()
    assert.ok(first)
    sandbox.webhooks.repeat(first.id)
    await sandbox.webhooks.settled()
    assert.deepEqual(
      events.map(({ event, effectKey, reference }) => ({ event, effectKey, reference })),
      ['delivered', 'undelivered', 'delivered'].map((event) => ({
        event,
        effectKey: 'run/notify#1',
        reference: messageId,
      })),
    )
    assert.equal(new Set(events.map(({ id }) => id)).size, 2)
    assert.doesNotMatch(JSON.stringify(events), /96650/)
  } finally {
    await close()
  }
})

test('only the address that we made takes a status, and only for its own message', async () => {
  const { connector, sandbox, open, close } = await world()
  try {
    await open({ mode: 'make', key: 'run/notify#1' }).sms.send(text)
    const [delivery] = sandbox.webhooks.all()
    const { webhook } = connector('unifonic')
    const verdict = (url: string) => webhook?.verify({ raw: Buffer.from(''), headers: {}, url, now: 0 })
    const url = delivery?.url ?? ''
    assert.equal(verdict(url), 'good')
    for (const other of [url.replace('notify', 'other'), url.slice(0, -1), url.replace(/mac=\w+/, ''), 'nowhere'])
      assert.equal(verdict(other), 'bad', other)
  } finally {
    await close()
  }
})

test('a no that comes with HTTP 200 is a no, and a message carries its type', async () => {
  const { sandbox, open, openWith, close } = await world()
  try {
    sandbox.faults.add({ vendor: 'unifonic', operation: 'send', kind: 'refuse' })
    const failure = await failureOf(open({ mode: 'make', key: 'run/notify#1' }).sms.send(text))
    assert.ok(failure instanceof EffectRefused)
    assert.match(failure.message, /ER-07/)
    const settings = { SIJIL_UNIFONIC_MESSAGE_TYPE: '3', SIJIL_UNIFONIC_PROMOTION_TYPE: '5' }
    const noon = Date.UTC(2026, 10, 22, 9)
    const attempt = (key: string) => openWith(settings, { mode: 'make', key, now: noon, deadline: noon + 60_000 }).sms
    await attempt('run/notify#2').send(text)
    await attempt('run/offer#1').send({ ...text, purpose: 'promotion' })
    assert.deepEqual(
      sandbox
        .of(unifonic)
        .messages()
        .map(({ from, type, to }) => ({ from, type, to })),
      [
        { from: 'Madar', type: '3', to: '966501234567' },
        { from: 'Madar-AD', type: '5', to: '966501234567' },
      ],
    )
  } finally {
    await close()
  }
})
