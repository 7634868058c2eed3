import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../src/engine/commands/refusal.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { RETRY_WAITS_MS } from '../../src/outgoing-webhooks/attempt-end.ts'
import {
  addWebhook,
  changeWebhook,
  listWebhooks,
  readWebhookLog,
  replayWebhooks,
  rotateWebhook,
} from '../../src/outgoing-webhooks/endpoints.ts'
import { eventTypes } from '../../src/outgoing-webhooks/event.ts'
import { onBothDatabases } from '../support/databases.ts'
import { openWebhookWorld, type WebhookWorld } from './webhook-world.ts'

const DAY_MS = 86_400_000
const refused = (code: RefusalCode) => (error: unknown) => error instanceof Refusal && error.code === code

onBothDatabases('Outgoing webhooks', (database) => {
  before(async () => {
    await migrate(database())
  })

  const added = (w: WebhookWorld, events: readonly string[] = eventTypes) =>
    addWebhook(w.parts, w.operator, { url: w.receiver.url, events })
  const log = async (w: WebhookWorld, endpoint: string) =>
    (await readWebhookLog(w.parts, w.operator, { endpoint })).messages.toReversed()
  /** One message has come into being and nothing was delivered yet. */
  const oneMessage = async (w: WebhookWorld, events: readonly string[] = ['run.created']) => {
    const one = await added(w, events)
    await w.orders.ordered()
    await w.seal()
    return one
  }

  test('tell of a run from its start on, in the order of the trail, with ids and names only', async () => {
    await using w = await openWebhookWorld(database())
    const older = await w.orders.ordered('before the endpoint')
    await w.seal()
    const { secret } = await added(w)
    const run = await w.orders.ordered('after it')
    await w.orders.world.decide(run, 'manager', 'approve', { value: { budget: 'ops' } })
    await w.orders.world.decide(run, 'legal', 'approve', { value: { budget: 'ops' } })
    await w.orders.world.cancel(run)
    await w.seal()
    const process = await w.process()
    await process.deliverNow()
    const { received } = w.receiver
    for (const one of received) assert.deepEqual(w.receiver.verify(secret, one), one.event)
    const told = received.map(({ event: { type, data } }) => [type, data.stage, data.outcome].join(' ').trim())
    assert.deepEqual(told, [
      'run.created',
      'step.completed open',
      'task.opened approval',
      'task.closed approval approved',
      'step.completed place',
      'step.undone place',
      'step.undone open',
      'run.stopped  cancelled',
    ])
    assert.ok(received.every(({ event }) => event.data.run === run && event.data.run !== older))
    const places = received.map(({ event }) => event.data.sequence)
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    )
    assert.equal(new Set(received.map(({ id }) => id)).size, received.length)
    assert.doesNotMatch(received.map(({ raw }) => raw).join(), /huda|هدى|after it|manager|legal/)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, received.length, 'nothing is told twice')
    assert.deepEqual(w.troubles, [])
  })

  test('are tried again on the schedule with the same id and bytes and another time, and are then given up', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint, secret } = await oneMessage(w)
    const process = await w.process()
    w.receiver.replies.push(...Array.from({ length: 10 }, () => 500))
    await process.deliverNow()
    const started = w.orders.world.now
    for (const [index, wait] of RETRY_WAITS_MS.entries()) {
      await w.orders.world.setClock(w.orders.world.now + wait - 1)
      await process.deliverNow()
      assert.equal(w.receiver.received.length, index + 1, 'not a millisecond too early')
      await w.orders.world.setClock(w.orders.world.now + 1)
      await process.deliverNow()
      assert.equal(w.receiver.received.length, index + 2)
      const latest = w.receiver.received.at(-1) ?? assert.fail()
      w.receiver.verify(secret, latest)
    }
    await w.orders.world.setClock(w.orders.world.now + 30 * DAY_MS)
    await process.deliverNow()
    const { received } = w.receiver
    assert.equal(received.length, 10)
    assert.equal(new Set(received.map(({ id, raw }) => `${id} ${raw}`)).size, 1)
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size, 10)
    const [message] = await log(w, endpoint)
    assert.equal(message?.state, 'failed')
    assert.deepEqual(
      message.attempts.map(({ outcome, status }) => `${outcome} ${status}`),
      Array.from({ length: 10 }, () => 'refused 500'),
    )
    assert.equal(message.attempts[0]?.startedAt, started)
    assert.equal((await listWebhooks(w.parts, w.operator)).find(({ id }) => id === endpoint)?.failed, 1)

    assert.equal(await replayWebhooks(w.parts, w.operator, { message: message.id }), 1)
    await process.deliverNow()
    assert.equal(w.receiver.received.at(-1)?.id, message.id)
    assert.equal((await log(w, endpoint))[0]?.state, 'delivered')
  })

  test('are sent again from a moment on, those that failed or all', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await added(w, ['run.created'])
    const process = await w.process()
    for (const id of ['early', 'late and refused', 'late']) {
      await w.orders.ordered(id)
      await w.seal()
      if (id.includes('refused')) w.receiver.replies.push(400)
      await process.deliverNow()
      if (id === 'early') await w.orders.world.setClock(w.orders.world.now + DAY_MS)
    }
    const [early, bad, late] = (await log(w, endpoint)).map(({ id }) => id)
    const since = w.orders.world.now
    const sent = async () => {
      w.receiver.received.length = 0
      await process.deliverNow()
      return w.receiver.received.map(({ id }) => id)
    }
    assert.equal(await replayWebhooks(w.parts, w.operator, { endpoint, since, failedOnly: true }), 1)
    assert.deepEqual(await sent(), [bad])
    assert.equal(await replayWebhooks(w.parts, w.operator, { endpoint, since, failedOnly: false }), 2)
    assert.deepEqual(await sent(), [bad, late])
    assert.equal(await replayWebhooks(w.parts, w.operator, { endpoint, since: 0, failedOnly: false }), 3)
    assert.deepEqual(await sent(), [early, bad, late])
  })

  test('are signed by the old and the new secret for a day, then by the new one alone', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint, secret: old } = await oneMessage(w)
    const process = await w.process()
    const { secret, bothUntil } = await rotateWebhook(w.parts, w.operator, endpoint)
    assert.notEqual(secret, old)
    assert.equal(bothUntil, w.orders.world.now + DAY_MS)
    await process.deliverNow()
    const [both] = w.receiver.received
    assert.ok(both)
    for (const key of [old, secret]) w.receiver.verify(key, both)
    assert.equal(both.headers['webhook-signature']?.split(' ').length, 2)

    await w.orders.world.setClock(bothUntil)
    await w.orders.ordered()
    await w.seal()
    await process.deliverNow()
    const one = w.receiver.received.at(-1) ?? assert.fail()
    w.receiver.verify(secret, one)
    assert.throws(() => w.receiver.verify(old, one), /No matching signature/)
    assert.throws(() => w.receiver.verify(secret, { ...one, raw: one.raw.replace('run.created', 'run.stopped') }))
  })

  test('stop at 410 Gone until somebody resumes the endpoint, which then misses nothing', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await oneMessage(w)
    const process = await w.process()
    w.receiver.replies.push(410)
    await process.deliverNow()
    await w.orders.ordered()
    await w.seal()
    await w.orders.world.setClock(w.orders.world.now + DAY_MS)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 1)
    const view = (await listWebhooks(w.parts, w.operator)).find(({ id }) => id === endpoint)
    assert.deepEqual([view?.state, view?.why], ['disabled', '410 Gone'])
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'active', why: 'they have moved back' })
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 3)
    assert.equal(w.receiver.received[1]?.id, w.receiver.received[0]?.id)
    const audits = await w.orders.world.sql<{ what: string; actor: string }>(
      'select what, actor from sijil.audit where subject = $1 order by id',
      [endpoint],
    )
    assert.deepEqual(
      audits.map(({ what, actor }) => `${what} by ${actor}`),
      ['webhook.added by operator', 'webhook.disabled by sijil', 'webhook.active by operator'],
    )
  })

  test('leave an endpoint alone that asks for quiet, for as long as it asks', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await oneMessage(w)
    await w.orders.ordered()
    await w.seal()
    const process = await w.process()
    w.receiver.replies.push({ status: 429, headers: { 'retry-after': '120' } })
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 1, 'the second message waits as well')
    await w.orders.world.setClock(w.orders.world.now + 119_999)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 1)
    await w.orders.world.setClock(w.orders.world.now + 1)
    w.receiver.replies.push(504)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 2, 'without a time it is left alone for a minute')
    await w.orders.world.setClock(w.orders.world.now + 60_000)
    await process.deliverNow()
    assert.deepEqual(
      (await log(w, endpoint)).map(({ attempts }) => attempts.map(({ outcome }) => outcome).join(' ')).toSorted(),
      ['throttled delivered', 'throttled delivered'],
    )
  })

  test('count a redirect, a dropped line and an address that nobody has as failures, and follow none', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await oneMessage(w)
    const process = await w.process()
    w.receiver.replies.push({ status: 307, headers: { location: w.receiver.url } }, 'drop')
    await process.deliverNow()
    await w.orders.world.setClock(w.orders.world.now + (RETRY_WAITS_MS[0] ?? 0))
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 2)
    const [message] = await log(w, endpoint)
    assert.deepEqual(
      message?.attempts.map(({ outcome, status }) => [outcome, status]),
      [
        ['redirected', 307],
        ['no_answer', null],
      ],
    )
  })

  test('wait while the endpoint is paused, and end when it is removed; its secret is gone then', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await oneMessage(w)
    const process = await w.process()
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'paused', why: 'they are moving' })
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 0)
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'active', why: 'they have moved' })
    w.receiver.replies.push(500)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 1)
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'removed', why: 'they are gone' })
    await w.orders.world.setClock(w.orders.world.now + DAY_MS)
    await process.deliverNow()
    assert.equal(w.receiver.received.length, 1)
    assert.equal((await log(w, endpoint))[0]?.state, 'withdrawn')
    const secrets = await w.orders.world.sql(
      'select from sijil.webhook_endpoints where id = $1 and (secret is not null or secret_before is not null)',
      [endpoint],
    )
    assert.equal(secrets.length, 0)
    for (const work of [
      () => changeWebhook(w.parts, w.operator, { endpoint, to: 'active', why: 'back' }),
      () => rotateWebhook(w.parts, w.operator, endpoint),
      () => replayWebhooks(w.parts, w.operator, { endpoint, since: 0, failedOnly: false }),
    ])
      await assert.rejects(work(), refused('ENDPOINT_REMOVED'))
  })

  test('are for operators and legal to manage, who are told what is wrong; nothing is kept in clear', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint, secret } = await added(w)
    const rows = await w.orders.world.sql<{ row: string }>(
      "select e::text || encode(secret, 'escape') as row from sijil.webhook_endpoints e where secret is not null",
    )
    assert.ok(rows.length > 0)
    assert.ok(rows.every(({ row }) => !row.includes(secret) && !row.includes(secret.slice(6, 30))))
    const manager = w.orders.actor('manager')
    for (const work of [
      () => addWebhook(w.parts, manager, { url: w.receiver.url, events: ['run.created'] }),
      () => changeWebhook(w.parts, manager, { endpoint, to: 'paused', why: 'no' }),
      () => rotateWebhook(w.parts, manager, endpoint),
      () => replayWebhooks(w.parts, manager, { endpoint, since: 0, failedOnly: false }),
      () => listWebhooks(w.parts, manager),
      () => readWebhookLog(w.parts, manager, {}),
    ])
      await assert.rejects(work(), refused('NOT_ALLOWED'))
    for (const [url, events] of [
      ['http://example.com/', ['run.created']],
      ['https://10.1.2.3/', ['run.created']],
      ['https://name:word@example.com/', ['run.created']],
      ['not an address', ['run.created']],
      ['https://example.com/', ['run.exploded']],
      ['https://example.com/', []],
    ] as const)
      await assert.rejects(addWebhook(w.parts, w.operator, { url, events }), refused('INVALID_VALUE'), url)
    await assert.rejects(
      changeWebhook(w.parts, w.operator, { endpoint: 'x', to: 'paused', why: 'no' }),
      refused('NO_SUCH_ENDPOINT'),
    )
    await assert.rejects(replayWebhooks(w.parts, w.operator, { message: 'msg_x' }), refused('NO_SUCH_MESSAGE'))
  })
})
