import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../src/ledger/database/database.ts'
import { newRunId } from '../../src/ledger/ids.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { addWebhook, changeWebhook } from '../../src/outgoing-webhooks/endpoints.ts'
import type { Answer } from '../../src/outgoing-webhooks/attempt-end.ts'
import type { Delivery, Post } from '../../src/outgoing-webhooks/delivery.ts'
import { onBothDatabases } from '../support/databases.ts'
import { runs } from '../support/property-runs.ts'
import { Mortal } from './mortal.ts'
import { openWebhookWorld, type WebhookWorld } from './webhook-world.ts'

/** What may happen, one after another. `look`: each process delivers what it can, until it dies at the point named, or does not. */
type Happening =
  | { readonly what: 'write'; readonly rows: number }
  | { readonly what: 'seal' }
  | { readonly what: 'advance'; readonly ms: number }
  | { readonly what: 'answers'; readonly statuses: readonly (number | 'drop')[] }
  | { readonly what: 'look'; readonly dieAt: readonly number[] }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constant('write' as const), rows: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ what: fc.constant('seal' as const) }),
  fc.record({ what: fc.constant('advance' as const), ms: fc.constantFrom(1, 5_000, 60_000, 300_000) }),
  fc.record({
    what: fc.constant('answers' as const),
    statuses: fc.array(fc.constantFrom(204, 500, 429, 302, 'drop' as const), { minLength: 1, maxLength: 4 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('look' as const),
      dieAt: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })), { minLength: 2, maxLength: 2 }),
    }),
  },
)
const story = fc.array(happening, { minLength: 4, maxLength: 24 })

/** Enough for every retry: the longest wait is a day. */
const DAY_MS = 90_000_000
const ENDPOINT_TYPES = [['run.stuck'], ['run.stuck', 'run.stopped']] as const

const byNumber = (one: string, other: string): number => Number(one.slice(1)) - Number(other.slice(1))

class Life {
  /** Processes that died. */
  deaths = 0
  readonly #w: WebhookWorld
  readonly #database: Database
  readonly #run = newRunId()
  readonly #processes: number
  readonly #firstAttempts: string[] = []
  /** By endpoint: messages that were answered with success, and all that came. */
  readonly #acknowledged = new Map<string, Set<string>>()
  readonly #eventOf = new Map<string, string>()
  readonly #underWay = new Map<string, number>()
  readonly #endpoints: { readonly id: string; readonly secret: string; readonly types: readonly string[] }[] = []
  readonly #written: { readonly type: string; readonly mark: string }[] = []

  constructor(w: WebhookWorld, database: Database) {
    this.#w = w
    this.#database = database
    // Of an embedded ledger there is one at a time.
    this.#processes = database.kind === 'pglite' ? 1 : 2
  }

  async begin(): Promise<void> {
    const { world } = this.#w.orders
    await world.sql(
      "insert into sijil.runs (tenant, id, workflow, version, engine, status, requester, input, created_ms, due_ms) values ($1, $2, 'deal', 1, 'local', 'waiting', 'p', '{}', 0, 8640000000000000)",
      [world.tenant, this.#run],
    )
    for (const types of ENDPOINT_TYPES) {
      const url = `https://receiver.example/${this.#endpoints.length}`
      const { endpoint, secret } = await addWebhook(this.#w.parts, this.#w.operator, { url, events: types })
      this.#endpoints.push({ id: endpoint, secret, types })
      this.#acknowledged.set(url, new Set())
    }
  }

  async happen(one: Happening): Promise<void> {
    if (one.what === 'write') for (let row = 0; row < one.rows; row += 1) await this.#write()
    if (one.what === 'seal') await this.#w.seal()
    if (one.what === 'advance') await this.#advance(one.ms)
    if (one.what === 'answers') this.#w.receiver.replies.push(...one.statuses)
    if (one.what === 'look') await Promise.all(one.dieAt.slice(0, this.#processes).map((dieAt) => this.#look(dieAt)))
  }

  /** Everything is repaired, and time passes until nothing is left to deliver. */
  async end(): Promise<void> {
    this.#w.receiver.replies.length = 0
    await this.#w.seal()
    for (let days = 0; days < 12; days += 1) {
      await this.#advance(DAY_MS)
      await this.#look(0)
    }
  }

  /** Which of the events an endpoint asked for, in the order in which they were written. */
  #marksOf(types: readonly string[]): readonly string[] {
    return this.#written.filter(({ type }) => types.includes(type)).map(({ mark }) => mark)
  }

  async assertAllTold(): Promise<void> {
    for (const [index, { id, types }] of this.#endpoints.entries()) {
      const acknowledged = [...(this.#acknowledged.get(`https://receiver.example/${index}`) ?? [])]
      const told = acknowledged.map((message) => this.#eventOf.get(message) ?? message)
      assert.deepEqual(told.toSorted(byNumber), this.#marksOf(types), 'each was taken once, and nothing else was')
      const rows = await this.#w.orders.world.sql<{ id: string; mark: string }>(
        "select id, (body::jsonb -> 'data' ->> 'outcome') as mark from sijil.webhook_messages where endpoint = $1",
        [id],
      )
      const markOf = new Map(rows.map((row) => [row.id, row.mark]))
      const first = this.#firstAttempts.flatMap((message) => markOf.get(message) ?? [])
      assert.deepEqual(first, this.#marksOf(types), 'first attempts were begun in the order of the trail, each once')
    }
    const open = await this.#w.orders.world.sql(
      'select from sijil.webhook_attempts where tenant = $1 and outcome is null',
      [this.#w.orders.world.tenant],
    )
    assert.equal(open.length, 0, 'of every attempt the log says how it ended')
  }

  async close(): Promise<void> {
    for (const { id } of this.#endpoints)
      await changeWebhook(this.#w.parts, this.#w.operator, { endpoint: id, to: 'removed', why: 'the story is over' })
  }

  async #write(): Promise<void> {
    const { world } = this.#w.orders
    const type = this.#written.length % 3 === 0 ? 'run.stopped' : 'run.stuck'
    const mark = `n${this.#written.length}`
    this.#written.push({ type, mark })
    await world.member("select sijil.note($1, 'sijil', $2, $3, 'x', null, $4, 'test', null)", [
      world.tenant,
      type === 'run.stopped' ? 'run.ended' : 'run.stuck',
      this.#run,
      mark,
    ])
  }

  async #advance(ms: number): Promise<void> {
    const { world } = this.#w.orders
    await world.setClock(world.now + ms)
  }

  async #look(dieAt: number): Promise<void> {
    const mortal = new Mortal(dieAt)
    const database = mortal.of(this.#database, (name, rows) => {
      for (const row of rows)
        if (name === 'webhooks.begin' && 'number' in row && row.number === 1 && 'message' in row)
          this.#firstAttempts.push(String(row.message))
    })
    try {
      const process: Delivery = await this.#w.process({ database, post: this.#postAs(mortal) })
      await process.deliverNow()
    } catch (error) {
      if (!mortal.dead) throw error
      this.deaths += 1
    }
  }

  #postAs(mortal: Mortal): Post {
    return async ({ url, headers, body }): Promise<Answer> => {
      mortal.reach()
      const underWay = (this.#underWay.get(url) ?? 0) + 1
      this.#underWay.set(url, underWay)
      assert.equal(underWay, 1, 'one at a time')
      try {
        const reply = await this.#w.receiver.take(headers, Buffer.from(body))
        const received = this.#w.receiver.received.at(-1) ?? assert.fail()
        const secret = this.#endpoints[Number(url.at(-1))]?.secret ?? assert.fail()
        const event = this.#w.receiver.verify(secret, received) as typeof received.event // it parsed as one before
        const mark = event.data.outcome ?? ''
        assert.equal(this.#eventOf.get(received.id) ?? mark, mark, 'an id is of one event')
        this.#eventOf.set(received.id, mark)
        if (reply === 204) this.#acknowledged.get(url)?.add(received.id)
        mortal.reach()
        return typeof reply === 'number' ? { kind: 'answered', status: reply, retryAfter: null } : { kind: 'no answer' }
      } finally {
        this.#underWay.set(url, 0)
      }
    }
  }
}

onBothDatabases('Outgoing webhooks, whatever dies and fails', (database) => {
  before(async () => {
    await migrate(database())
  })

  test('are each taken at least once, begin in the order of the trail, and none is invented', async () => {
    await using w = await openWebhookWorld(database())
    let told = 0
    let died = 0
    await fc.assert(
      fc.asyncProperty(story, async (happenings) => {
        const life = new Life(w, database())
        await life.begin()
        for (const one of happenings) await life.happen(one)
        await life.end()
        await life.assertAllTold()
        await life.close()
        told += happenings.filter(({ what }) => what === 'write').length
        died += life.deaths
      }),
      runs(20),
    )
    assert.ok(told > 0 && died > 0, `${told} were told while ${died} processes died`)
  })
})
