import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { until } from '../../scripts/start/process-output.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { readWebhookBacklog, removeEndedMessages } from '../../src/ledger/webhook-log.ts'
import {
  addWebhook,
  changeWebhook,
  listWebhooks,
  readWebhookLog,
  replayWebhooks,
} from '../../src/outgoing-webhooks/endpoints.ts'
import { DeliveryMetrics } from '../../src/outgoing-webhooks/metrics.ts'
import { startRetention } from '../../src/outgoing-webhooks/retention.ts'
import { onBothDatabases } from '../support/databases.ts'
import { openWebhookWorld, type WebhookWorld } from './webhook-world.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const KEEP_MS = 90 * DAY_MS

onBothDatabases('The log of outgoing webhooks', (database) => {
  before(async () => {
    await migrate(database())
  })

  /** An endpoint that is told of so many orders, none of them delivered yet. */
  const told = async (w: WebhookWorld, orders: number) => {
    const { endpoint } = await addWebhook(w.parts, w.operator, { url: w.receiver.url, events: ['run.created'] })
    for (let order = 0; order < orders; order += 1) await w.orders.ordered(`order ${order}`)
    await w.seal()
    return endpoint
  }
  const log = async (w: WebhookWorld, endpoint: string) =>
    (await readWebhookLog(w.parts, w.operator, { endpoint })).messages.toReversed()
  const states = async (w: WebhookWorld, endpoint: string) => (await log(w, endpoint)).map(({ state }) => state)
  const wait = (w: WebhookWorld, ms: number) => w.orders.world.setClock(w.orders.world.now + ms)
  const retention = (w: WebhookWorld, portion = 200) =>
    startRetention({
      database: database(),
      keepMs: KEEP_MS,
      portion,
      everyMs: null,
      onTrouble: (error) => w.troubles.push(error),
    })

  test('keeps what has ended for as long as it was told to, and then takes it out with its attempts', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 2)
    await (await w.process()).deliverNow()
    await wait(w, KEEP_MS)
    await retention(w).removeNow()
    assert.deepEqual(await states(w, endpoint), ['delivered', 'delivered'])
    await wait(w, 1)
    await retention(w).removeNow()
    assert.deepEqual(await states(w, endpoint), [])
    const attempts = await w.orders.world.sql(
      'select from sijil.webhook_attempts a where tenant = $1 and not exists (select from sijil.webhook_messages m where m.tenant = a.tenant and m.id = a.message)',
      [w.orders.world.tenant],
    )
    assert.deepEqual(attempts, [])
  })

  test('keeps what is still to be delivered however old it is, and all of the audit log', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 4)
    w.receiver.replies.push(204, 500, 204, 500)
    await (await w.process()).deliverNow()
    const [, , third] = await log(w, endpoint)
    const audit = () =>
      w.orders.world.sql('select * from sijil.audit where tenant = $1 order by id', [w.orders.world.tenant])
    const leaves = () =>
      w.orders.world.sql('select * from sijil.tree_leaves where tenant = $1 order by first', [w.orders.world.tenant])
    await wait(w, 2 * KEEP_MS)
    await replayWebhooks(w.parts, w.operator, { message: third?.id ?? '' })
    const was = [await audit(), await leaves()]
    await retention(w).removeNow()
    assert.deepEqual(await states(w, endpoint), ['waiting', 'waiting', 'waiting'])
    assert.deepEqual([await audit(), await leaves()], was)
    await (await w.process()).deliverNow()
    assert.deepEqual(await states(w, endpoint), ['delivered', 'delivered', 'delivered'])
    assert.equal(w.receiver.received.length, 7)
  })

  test('lets nobody who delivers take out what still waits', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 3)
    w.receiver.replies.push(204, 500)
    await (await w.process()).deliverNow()
    await database().engine.query({ name: '', text: 'delete from sijil.webhook_messages where tenant = $1' }, [
      w.orders.world.tenant,
    ])
    assert.deepEqual(await states(w, endpoint), ['waiting'])
  })

  test('is cleared in small portions, by several processes at once too', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 9)
    await (await w.process()).deliverNow()
    await wait(w, KEEP_MS + 1)
    assert.equal(await removeEndedMessages(database(), KEEP_MS, 2), 2)
    assert.equal((await log(w, endpoint)).length, 7)
    await Promise.all([retention(w, 2).removeNow(), retention(w, 2).removeNow()])
    assert.deepEqual(await log(w, endpoint), [])
    assert.equal(await removeEndedMessages(database(), KEEP_MS, 2), 0)
  })

  test('keeps what was withdrawn from when it was withdrawn, however long it had waited before', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 1)
    w.receiver.replies.push(500)
    await (await w.process()).deliverNow()
    await wait(w, 2 * KEEP_MS)
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'removed', why: 'they are gone' })
    await wait(w, KEEP_MS)
    await retention(w).removeNow()
    assert.deepEqual(await states(w, endpoint), ['withdrawn'])
    await wait(w, 1)
    await retention(w).removeNow()
    assert.deepEqual(await states(w, endpoint), [])
  })

  test('is cleared by itself until it is stopped', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 1)
    await (await w.process()).deliverNow()
    await wait(w, KEEP_MS + 1)
    const troubles: unknown[] = []
    const clearing = startRetention({
      database: database(),
      keepMs: KEEP_MS,
      everyMs: 1,
      onTrouble: (error) => troubles.push(error),
    })
    const cleared = async () => (await log(w, endpoint)).length === 0 || undefined
    try {
      await until(cleared, { what: 'the log was cleared', everyMs: 5, forMs: 10_000 })
    } finally {
      await clearing.stop()
    }
    assert.deepEqual(troubles, [])
  })
})

onBothDatabases('Whoever operates outgoing webhooks', (database) => {
  before(async () => {
    await migrate(database())
  })

  test('sees what waits, since when, and which address fails; and what became of the attempts', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await addWebhook(w.parts, w.operator, { url: w.receiver.url, events: ['run.created'] })
    const backlog = () => readWebhookBacklog(database(), 10 * MINUTE_MS)
    const failingSince = async () =>
      (await listWebhooks(w.parts, w.operator)).find(({ id }) => id === endpoint)?.failingSince
    const metrics = new DeliveryMetrics()
    const process = await w.process({ metrics })
    const wait = (ms: number) => w.orders.world.setClock(w.orders.world.now + ms)
    await w.orders.ordered()
    await w.seal()
    assert.ok((await backlog()).behind > 0, 'nobody has looked at the trail')
    w.receiver.replies.push(500, 'drop')
    await process.deliverNow()
    const since = w.orders.world.now
    assert.deepEqual(await backlog(), { waiting: 1, oldestMs: 0, failing: 0, behind: 0 })
    await wait(6 * MINUTE_MS)
    await process.deliverNow()
    await wait(3 * MINUTE_MS)
    assert.deepEqual(await backlog(), { waiting: 1, oldestMs: 9 * MINUTE_MS, failing: 0, behind: 0 })
    await wait(MINUTE_MS)
    assert.deepEqual(await backlog(), { waiting: 1, oldestMs: 10 * MINUTE_MS, failing: 1, behind: 0 })
    assert.equal(await failingSince(), since, 'since the first of the attempts that failed')
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'paused', why: 'they are moving' })
    assert.deepEqual(await backlog(), { waiting: 0, oldestMs: 0, failing: 0, behind: 0 })
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'active', why: 'they have moved' })
    await wait(DAY_MS)
    await process.deliverNow()
    assert.deepEqual(await backlog(), { waiting: 0, oldestMs: 0, failing: 0, behind: 0 })
    assert.equal(await failingSince(), null)
    assert.deepEqual(metrics.snapshot(), { attempts: { refused: 1, no_answer: 1, delivered: 1 } })
  })

  test('hears of an address that wants nothing any more', async () => {
    await using w = await openWebhookWorld(database())
    const { endpoint } = await addWebhook(w.parts, w.operator, { url: w.receiver.url, events: ['run.created'] })
    await w.orders.ordered()
    await w.seal()
    w.receiver.replies.push(410)
    await (await w.process()).deliverNow()
    await w.orders.world.setClock(w.orders.world.now + 10 * MINUTE_MS)
    assert.equal((await readWebhookBacklog(database(), 10 * MINUTE_MS)).failing, 1)
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'removed', why: 'they are gone' })
    assert.equal((await readWebhookBacklog(database(), 10 * MINUTE_MS)).failing, 0)
  })
})
