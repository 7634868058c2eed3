import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import type { LocalEngine } from '../../src/engine/local/local-engine.ts'
import { seconds } from '../../src/flow/index.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { verifyRows } from '../../src/ledger/verify/verify-ledger.ts'
import { intercepted, scenario, startProcess } from '../engine/rules-world.ts'
import { onBothDatabases } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { runs } from '../support/property-runs.ts'

const WAITS = 5
const WITHIN_MS = 10_000
/** No sum of these is a multiple of the wait's length: nothing is received at the very moment of a deadline. */
const TICK_MS = 3_001

const listening = scenario('listening', async (flow) => {
  const heard: (number | null)[] = []
  for (let wait = 0; wait < WAITS; wait += 1) {
    const answer = await flow.go({ within: seconds(WITHIN_MS / 1_000) })
    heard.push(answer.timedOut ? null : answer.value.n)
  }
  return JSON.stringify(heard)
})

interface Letter {
  readonly id: string
  readonly n: number
  readonly receivedAt: number
}

/** What the run must hear, from what lies in its mailbox alone: whoever carried it out, and however late. */
function expectedFrom(letters: readonly Letter[], startedAt: number): readonly (number | null)[] {
  let left = [...letters]
  let now = startedAt
  return Array.from({ length: WAITS }, () => {
    const due = now + WITHIN_MS
    const letter = left.find(({ receivedAt }) => receivedAt <= due)
    left = left.filter((other) => other !== letter)
    now = letter === undefined ? due : Math.max(now, letter.receivedAt)
    return letter?.n ?? null
  })
}

/** The ids are few, so that some are sent twice, also at the same time. */
const letters = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 })
const drawnTicks = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 })
const drawnWakings = fc.array(fc.constantFrom('first', 'second', 'look', 'die'), { maxLength: 6 })

const ascending = (one: number, other: number): number => one - other

class Post {
  readonly #world: EngineWorld
  readonly #scheduler: fc.Scheduler
  readonly #database: Database
  readonly answers: string[] = []
  #processes: LocalEngine[] = []

  constructor(world: EngineWorld, scheduler: fc.Scheduler) {
    this.#world = world
    this.#scheduler = scheduler
    this.#database = intercepted(world.database, (statement) => this.#turn(statement))
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label)
  }

  async start(): Promise<string> {
    const [first] = (this.#processes = [await this.#process(), await this.#process()])
    if (first === undefined) throw new Error('no process')
    const wanted = { tenant: this.#world.tenant, workflow: 'listening', requester: 'requester', input: '' }
    return (await first.start(wanted).created).id
  }

  #process(): Promise<LocalEngine> {
    return startProcess(this.#world, [listening], { database: this.#database })
  }

  /** One after another; other senders, the clock and the processes come in between. */
  async send(run: string, ids: readonly number[]): Promise<void> {
    for (const n of ids) {
      await this.#turn(`deliver ${n}`)
      const [row] = await this.#world.member<{ answer: string }>(
        "select sijil.deliver_signal($1, $2, $3, 'signal', 'go', $4, 'partner', 'test') as answer",
        [this.#world.tenant, run, `id-${n}`, JSON.stringify({ n })],
      )
      if (row !== undefined) this.answers.push(`${row.answer} ${n}`)
    }
  }

  async pass(ticks: readonly number[]): Promise<void> {
    for (const count of ticks) {
      await this.#turn(`clock ${count}`)
      await this.#world.setClock(this.#world.now + count * TICK_MS)
    }
  }

  async stir(run: string, wakings: readonly string[]): Promise<void> {
    for (const waking of wakings) {
      await this.#turn(waking)
      const [first, second] = this.#processes
      if (waking === 'first') first?.wake(run)
      else if (waking === 'second') second?.wake(run)
      else if (waking === 'look') await Promise.all([first?.clockMoved(), second?.clockMoved()])
      else {
        first?.abandon()
        this.#processes = [await this.#process(), ...(second === undefined ? [] : [second])]
      }
    }
  }

  /** Until every deadline is over. */
  async finish(run: string): Promise<void> {
    for (let turn = 0; (await this.#world.status(run)).status !== 'ended'; turn += 1) {
      assert.ok(turn < 20, 'the run does not end')
      await this.#settle()
      await this.#assertNothingUnread(run)
      await this.#world.setClock(this.#world.now + 5 * TICK_MS)
    }
  }

  async #settle(): Promise<void> {
    for (const process of this.#processes) {
      await process.clockMoved()
      await process.idle()
    }
  }

  /** Whatever came before a deadline wakes whoever waits: it does not lie there until the deadline. */
  async #assertNothingUnread(run: string): Promise<void> {
    const unread = await this.#world.sql(
      `select s.id from sijil.signals s join sijil.runs r on r.tenant = s.tenant and r.id = s.run
        where r.id = $1 and r.status = 'waiting' and r.due_ms > sijil.now_ms() and s.consumed_by is null`,
      [run],
    )
    assert.deepEqual(unread, [])
  }

  close(): void {
    for (const process of this.#processes) process.abandon()
  }
}

onBothDatabases('The mailbox', (database) => {
  before(() => migrate(database()))

  async function lived(
    scheduler: fc.Scheduler,
    { one, other, time, stirs }: { one: number[]; other: number[]; time: number[]; stirs: string[] },
  ): Promise<void> {
    const world = await EngineWorld.open(database(), { workflows: [listening] })
    world.engine.abandon()
    const post = new Post(world, scheduler)
    try {
      const run = await scheduler.waitFor(post.start())
      const together = [post.send(run, one), post.send(run, other), post.pass(time), post.stir(run, stirs)]
      await scheduler.waitFor(Promise.all(together))
      await scheduler.waitFor(post.finish(run))
      await assertHeard(world, run, post.answers)
    } finally {
      post.close()
    }
  }

  async function assertHeard(world: EngineWorld, run: string, answers: readonly string[]): Promise<void> {
    const [row] = await world.sql<{ createdAt: number }>(
      'select created_ms as "createdAt" from sijil.runs where id = $1',
      [run],
    )
    const found = await world.sql<Letter>(
      `select id, (payload::jsonb ->> 'n')::integer as n, received_ms as "receivedAt" from sijil.signals where run = $1 order by number`,
      [run],
    )
    const acknowledged = answers
      .filter((answer) => !answer.startsWith('duplicate'))
      .map((answer) => Number(answer.split(' ')[1]))
    assert.deepEqual(
      found.map(({ n }) => n).toSorted(ascending),
      acknowledged.toSorted(ascending),
      'kept once for each that was acknowledged',
    )
    const expected = JSON.stringify(expectedFrom(found, row?.createdAt ?? 0))
    assert.equal((await world.status(run)).result, JSON.stringify(expected))
    assert.deepEqual(await verifyRows(world.database), [])
  }

  test('whoever sends, looks, dies or takes over in whatever order: each signal counts once, in order of receipt, and one in time beats the timer', () =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.record({ one: letters, other: letters, time: drawnTicks, stirs: drawnWakings }),
        lived,
      ),
      runs(8),
    ))
})
