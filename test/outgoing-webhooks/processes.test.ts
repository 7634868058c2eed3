import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { until } from '../../scripts/start/process-output.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { addWebhook, changeWebhook, listWebhooks, readWebhookLog } from '../../src/outgoing-webhooks/endpoints.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import { openWebhookWorld, type WebhookWorld } from './webhook-world.ts'

const LEASE_MS = 60_000

const told = async (w: WebhookWorld, orders: number) => {
  const { endpoint } = await addWebhook(w.parts, w.operator, { url: w.receiver.url, events: ['run.created'] })
  for (let order = 0; order < orders; order += 1) await w.orders.ordered(`order ${order}`)
  await w.seal()
  return endpoint
}
const outcomes = async (w: WebhookWorld, endpoint: string) => {
  const { messages } = await readWebhookLog(w.parts, w.operator, { endpoint })
  return messages.map(({ state, attempts }) => `${state}: ${attempts.map(({ outcome }) => outcome).join(' ')}`)
}

/** A receiver that answers its first message only when it is told to. */
function slow(w: WebhookWorld) {
  const [came, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  w.receiver.onMessage = async () => {
    w.receiver.onMessage = () => {}
    came.resolve()
    await answer.promise
  }
  return { came: came.promise, answer: answer.resolve }
}

describe('Two processes that tell of one ledger', () => {
  const database = ledgerForSuite('postgres')

  test('never have the same endpoint at once; what one held when it stood still the other sends again, and its late word counts no more', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 2)
    const [one, other] = [await w.process(), await w.process()]
    const { came, answer } = slow(w)
    const first = one.deliverNow()
    await came
    await other.deliverNow()
    assert.equal(w.receiver.received.length, 1, 'the other leaves it alone')
    await w.orders.world.setClock(w.orders.world.now + LEASE_MS)
    await other.deliverNow()
    assert.equal(w.receiver.received.length, 3)
    assert.equal(w.receiver.received[0]?.id, w.receiver.received[1]?.id)
    w.receiver.replies.push(500)
    answer()
    await first
    assert.deepEqual(await outcomes(w, endpoint), ['delivered: delivered', 'delivered: unknown delivered'])
  })

  test('share the endpoints, and send each message once', async () => {
    await using w = await openWebhookWorld(database())
    const endpoints = [await told(w, 10), await told(w, 10), await told(w, 10)]
    await Promise.all([await w.process(), await w.process(), await w.process()].map((process) => process.deliverNow()))
    assert.equal(w.receiver.received.length, 30 + 20 + 10)
    assert.equal(new Set(w.receiver.received.map(({ id }) => id)).size, 60)
    for (const endpoint of endpoints)
      assert.ok((await outcomes(w, endpoint)).every((outcome) => outcome === 'delivered: delivered'))
  })

  test('lose no event whose transaction commits after that of a later one', async () => {
    await using w = await openWebhookWorld(database())
    await told(w, 0)
    const { tenant } = w.orders.world
    const run = await w.orders.ordered()
    const stuck = "select sijil.note($1, 'sijil', 'run.created', $2, 'x', null, $3, 'test', null)"
    const params = (mark: string) => [tenant, run, mark]
    await w.orders.world.database.transaction({ role: 'engine' }, async (session) => {
      await session.query({ name: '', text: stuck }, params('early, commits late'))
      await w.orders.world.sql(stuck, params('late, commits early'))
      await w.seal()
      await (await w.process()).deliverNow()
      assert.equal(w.receiver.received.length, 2, 'the start of the run, and the later event')
    })
    await w.seal()
    await (await w.process()).deliverNow()
    const places = w.receiver.received.map(({ event }) => event.data.sequence)
    assert.equal(new Set(places).size, 3)
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    )
  })
})

onBothDatabases('A process that tells what happens', (database) => {
  before(async () => {
    await migrate(database())
  })

  test('goes on after a restart where the one before it was, with the same ids', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 3)
    w.receiver.replies.push(204, 500)
    await (await w.process()).deliverNow()
    const sent = w.receiver.received.map(({ id }) => id)
    const again = await w.process()
    await again.deliverNow()
    assert.equal(w.receiver.received.length, 3, 'what failed waits for its time')
    await w.orders.world.setClock(w.orders.world.now + 5_000)
    await again.deliverNow()
    assert.deepEqual(
      w.receiver.received.map(({ id }) => id),
      [...sent, sent[1]],
    )
    assert.deepEqual(await outcomes(w, endpoint), [
      'delivered: delivered',
      'delivered: refused delivered',
      'delivered: delivered',
    ])
  })

  test('takes back nothing of what was decided about the endpoint while it sent', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 1)
    const { came, answer } = slow(w)
    w.receiver.replies.push(410)
    const sending = (await w.process()).deliverNow()
    await came
    await changeWebhook(w.parts, w.operator, { endpoint, to: 'removed', why: 'they are gone' })
    answer()
    await sending
    assert.deepEqual(await outcomes(w, endpoint), ['withdrawn: gone'])
    const view = (await listWebhooks(w.parts, w.operator)).find(({ id }) => id === endpoint)
    assert.equal(view?.state, 'removed')
  })

  test('looks by itself, and ends after what is under way', async () => {
    await using w = await openWebhookWorld(database())
    const endpoint = await told(w, 2)
    const { came, answer } = slow(w)
    const process = await w.process({ everyMs: 1 })
    await came
    const stopped = process.stop()
    answer()
    await stopped
    assert.deepEqual(await outcomes(w, endpoint), ['waiting: ', 'delivered: delivered'])
    const next = await w.process({ everyMs: 1 })
    const delivered = async () => w.receiver.received.length === 2 || undefined
    try {
      await until(delivered, { what: 'the other was delivered', everyMs: 5, forMs: 10_000 })
    } finally {
      await next.stop()
    }
  })
})
