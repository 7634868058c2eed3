/** A desk that is not our sandbox. What it knows of signatures is the reference library of Standard Webhooks, on both ways. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, mock, suite, test } from 'node:test'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { z } from 'zod'
import type { ConfiguredConnector } from '../../../src/connectors/configured-connector.ts'
import { readAccounts } from '../../../src/connectors/settings.ts'
import { noLedger } from '../../../test/support/no-database.ts'
import { type Incoming, type Reply, serve } from '../../http-server.ts'
import { review } from './subjects.ts'

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`
const [toDesk, fromDesk, strangers] = [secretOf(1), secretOf(2), secretOf(3)]
/** What the library calls the longest that a message may be on its way. */
const TOLERANCE_MS = 5 * 60_000
const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
const Signed = z.object({
  'webhook-id': z.string(),
  'webhook-timestamp': z.string(),
  'webhook-signature': z.string(),
})
const Message = z.strictObject({
  type: z.enum(['task.opened', 'task.withdrawn']),
  timestamp: z.iso.datetime(),
  data: z.looseObject({ id: z.string() }),
})

/** What the library says by a clock that shows `now`; throws what that throws. */
function verifiedAt<Answer>(now: number, verify: () => Answer): Answer {
  mock.timers.enable({ apis: ['Date'], now })
  try {
    return verify()
  } finally {
    mock.timers.reset()
  }
}

suite('A desk with the reference library of Standard Webhooks', () => {
  let received: Incoming[] = []
  let desk: Awaited<ReturnType<typeof serve>>
  let connector: ConfiguredConnector
  const verified = ({ raw, headers }: Incoming) => new Webhook(toDesk).verify(raw, Signed.parse(headers))

  /** Lets in whom the library lets in. */
  const guarded =
    (answer: (id: string) => unknown) =>
    (incoming: Incoming): Reply => {
      received.push(incoming)
      try {
        const message = verified(incoming)
        const id = message === undefined ? incoming.params['task'] : Message.parse(message).data.id
        return { status: 200, body: answer(id ?? '') }
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error
        return { status: 401, body: { code: 'BAD_SIGNATURE' } }
      }
    }

  before(async () => {
    const task = (id: string) => ({ id, status: 'open' })
    desk = await serve(
      [
        { method: 'POST', path: '/api/tasks', answer: guarded(task) },
        { method: 'GET', path: '/api/tasks/:task+', answer: guarded((id) => task(decodeURIComponent(id))) },
        { method: 'GET', path: '/api/tasks', answer: guarded(() => ({ open: 1 })) },
      ],
      0,
      '127.0.0.1',
    )
    const found = readAccounts({
      SIJIL_DESK_URL: `http://127.0.0.1:${desk.port}/api`,
      SIJIL_DESK_SECRET: toDesk,
      SIJIL_DESK_ANSWER_SECRET: fromDesk,
    }).all.find((one) => one.connector.key === 'desk-http')
    assert.ok(found)
    connector = found
  })
  after(() => desk.close())
  beforeEach(() => {
    received = []
  })

  const run = (operation: string, mode: 'make' | 'probe', request: unknown): Promise<unknown> => {
    const scope = {
      mode,
      tenant: 'demo',
      key: `run/${operation}#1`,
      now: Date.now(),
      deadline: Date.now() + 60_000,
      abort: new AbortController().signal,
      begin: () => {},
      sightings: async () => [],
    }
    return connector.operations[operation]?.run(request, scope, noLedger()) ?? assert.fail()
  }

  test('verifies every request of the connector, and none that was changed, kept or signed by another', async () => {
    const opened = await run('openTask', 'make', review)
    assert.deepEqual(opened, { taskId: 'run/openTask#1' })
    assert.deepEqual(await run('openTask', 'make', review), opened)
    assert.deepEqual(await run('openTask', 'probe', review), opened)
    await run('withdrawTask', 'make', { taskId: 'run/openTask#1', reason: 'The deal has ended' })
    assert.deepEqual(await connector.health(AbortSignal.timeout(10_000)), { state: 'up' })
    assert.deepEqual(
      received.map(({ raw, address }) => [
        address,
        raw.length === 0 ? undefined : Message.parse(JSON.parse(String(raw))).type,
      ]),
      [
        ['/api/tasks', 'task.opened'],
        ['/api/tasks', 'task.opened'],
        ['/api/tasks/run%2FopenTask%231', undefined],
        ['/api/tasks', 'task.withdrawn'],
        ['/api/tasks', undefined],
      ],
    )
    const ids = received.map(({ headers }) => headers['webhook-id'])
    assert.deepEqual([ids[0] === ids[1], new Set(ids).size], [true, 4])
    for (const { raw, headers: all } of received) {
      const headers = Signed.parse(all)
      const at = Number(headers['webhook-timestamp']) * 1_000
      const check = (changed: Partial<z.infer<typeof Signed>>, { body = raw, secret = toDesk, now = at } = {}) =>
        verifiedAt(now, () => new Webhook(secret).verify(body, { ...headers, ...changed }))
      check({})
      check({}, { now: at + TOLERANCE_MS })
      assert.throws(() => check({}, { now: at + TOLERANCE_MS + 1_000 }), /too old/)
      assert.throws(() => check({}, { now: at - TOLERANCE_MS - 1_000 }), /too new/)
      assert.throws(() => check({}, { secret: strangers }), /No matching signature/)
      assert.throws(() => check({}, { body: Buffer.concat([raw, Buffer.from(' ')]) }), /No matching signature/)
      assert.throws(() => check({ 'webhook-id': 'another' }), /No matching signature/)
      assert.throws(() => check({ 'webhook-timestamp': String(at / 1_000 + 1) }), /No matching signature/)
    }
  })

  test('is refused, and the connector says so, when the two do not share a secret', async () => {
    const other = readAccounts({
      SIJIL_DESK_URL: `http://127.0.0.1:${desk.port}/api`,
      SIJIL_DESK_SECRET: strangers,
      SIJIL_DESK_ANSWER_SECRET: fromDesk,
    }).all.find((one) => one.connector.key === 'desk-http')
    const health = await other?.health(AbortSignal.timeout(10_000))
    assert.equal(health?.state === 'down' && health.code, 'CREDENTIALS_REFUSED')
    assert.throws(() => verified(received[0] ?? assert.fail()), WebhookVerificationError)
  })

  const answered = {
    type: 'task.answered',
    timestamp: '2026-11-23T07:00:00Z',
    data: { id: 'run/openTask#1', account: 'desk', outcome: 'rejected', comments: 'البند السابع غير مقبول' },
  }
  const body = JSON.stringify(answered)
  /** As the library signs it: several secrets while the desk changes over from one to the other. */
  const signed = (at: number, secrets = [fromDesk]) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign('msg_1', new Date(at), body)).join(' '),
  })
  const verdict = (headers: Readonly<Record<string, string>>, { raw = body, now = Date.now() } = {}) =>
    connector.webhook?.verify({ raw: Buffer.from(raw), headers, url: '', now })

  test('signs what the connector takes, also with two secrets at once', () => {
    for (const secrets of [[fromDesk], [strangers, fromDesk], [fromDesk, strangers]])
      assert.equal(verdict(signed(Date.now(), secrets)), 'good')
    const [event, ...others] = connector.webhook?.parse(Buffer.from(body), '') ?? []
    assert.deepEqual(others, [])
    assert.deepEqual(
      [event?.account, event?.event, event?.effectKey, event?.payload],
      ['desk', 'answered', 'run/openTask#1', { outcome: 'rejected', comments: 'البند السابع غير مقبول' }],
    )
  })

  test('signs nothing that holds for other bytes, another id, another time or another secret', () => {
    const headers = signed(Date.now())
    assert.equal(verdict(headers), 'good')
    assert.equal(verdict(headers, { raw: body.replace('rejected', 'approved') }), 'bad')
    assert.equal(verdict(headers, { raw: `${body}\n` }), 'bad')
    assert.equal(verdict({ ...headers, 'webhook-id': 'msg_2' }), 'bad')
    const earlier = String(Number(headers['webhook-timestamp']) - 1)
    assert.equal(verdict({ ...headers, 'webhook-timestamp': earlier }), 'bad')
    assert.equal(verdict(signed(Date.now(), [strangers])), 'bad')
    for (const name of NAMES) assert.equal(verdict({ ...headers, [name]: '' }), 'bad', name)
  })

  test('is not heard when somebody sends again what it signed long ago, and says nothing new when that was just now', () => {
    const now = Date.now()
    const headers = signed(now)
    assert.equal(verdict(headers, { now: now + TOLERANCE_MS + 1_000 }), 'late')
    const later = now + 2 * TOLERANCE_MS
    assert.equal(
      verifiedAt(later, () => verdict(headers)),
      'bad',
    )
    // Within the tolerance it is the same event, which the ledger knows by the task, whatever id the message has.
    assert.equal(verdict(headers), 'good')
    assert.equal(connector.webhook?.parse(Buffer.from(body), '')[0]?.id, 'run/openTask#1/answered')
  })
})
