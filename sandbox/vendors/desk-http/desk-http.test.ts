import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { openTask, review, withdrawTask } from './subjects.ts'
import { deskHttp } from './vendor.ts'

connectorSuite(openTask)
connectorSuite(withdrawTask)

const world = () => startWorld({ settingsFor: ['desk-http'] })

test('a task is answered once, and the answer comes back with our key', async () => {
  const { sandbox, open, events, close } = await world()
  try {
    const { taskId } = await open({ mode: 'make', key: 'run/review#1' }).desk.openTask(review)
    assert.deepEqual(await open({ mode: 'make', key: 'run/review#1' }).desk.openTask(review), { taskId })
    assert.equal(sandbox.of(deskHttp).tasks().length, 1)
    sandbox.of(deskHttp).answer(taskId, 'rejected', 'البند السابع غير مقبول')
    sandbox.of(deskHttp).answer(taskId, 'approved')
    await sandbox.webhooks.settled()
    assert.deepEqual(
      events.map(({ event, effectKey, payload }) => ({ event, effectKey, payload })),
      [
        {
          event: 'answered',
          effectKey: 'run/review#1',
          payload: { outcome: 'rejected', comments: 'البند السابع غير مقبول' },
        },
      ],
    )
    const [delivery] = sandbox.webhooks.all()
    assert.ok(delivery)
    assert.equal(await sandbox.webhooks.forge(delivery.id), 401)
    sandbox.webhooks.repeat(delivery.id)
    await sandbox.webhooks.settled()
    assert.equal(new Set(events.map(({ id }) => id)).size, 1)
  } finally {
    await close()
  }
})

test('what a desk has answered can not be withdrawn', async () => {
  const { sandbox, open, close } = await world()
  try {
    const { taskId } = await open({ mode: 'make', key: 'run/review#1' }).desk.openTask(review)
    sandbox.of(deskHttp).answer(taskId, 'approved')
    for (const mode of ['make', 'probe'] as const) {
      const withdrawal = open({ mode, key: 'run/undo-review#1' }).desk.withdrawTask({ taskId, reason: 'Ended' })
      const failure = await failureOf(withdrawal)
      assert.ok(failure instanceof EffectRefused && failure.code === 'ALREADY_ANSWERED')
    }
  } finally {
    await close()
  }
})

test('an answer that was signed long ago is late', async () => {
  const { connector, sandbox, open, close } = await world()
  try {
    const { taskId } = await open({ mode: 'make', key: 'run/review#1' }).desk.openTask(review)
    sandbox.webhooks.hold()
    sandbox.of(deskHttp).answer(taskId, 'approved')
    const raw = Buffer.from(JSON.stringify(sandbox.webhooks.all()[0]?.body))
    const headers = sandbox.of(deskHttp).webhooks.sign(raw)
    const { webhook } = connector('desk-http')
    const arrival = { raw, headers, url: '', now: Date.now() }
    assert.equal(webhook?.verify(arrival), 'good')
    assert.equal(webhook?.verify({ ...arrival, now: Date.now() + 6 * 60_000 }), 'late')
    assert.equal(webhook?.verify({ ...arrival, headers: { ...headers, 'webhook-timestamp': '1' } }), 'bad')
    assert.equal(webhook?.verify({ ...arrival, headers: {} }), 'bad')
  } finally {
    await close()
  }
})
