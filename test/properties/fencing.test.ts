import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../src/ledger/database/database.ts'
import type { GroupCommit } from '../../src/ledger/group-commit.ts'
import { claimRuns, renewLeases } from '../../src/ledger/load-runs.ts'
import type { RunPatch, Verdict } from '../../src/ledger/patch.ts'
import type { RunId } from '../../src/ledger/ids.ts'
import { intercepted } from '../engine/rules-world.ts'
import { aRecord, anAudit, following, LEASE_MS, LedgerWorld, NOW } from '../ledger/ledger-world.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { runs } from '../support/property-runs.ts'

/** Only a server has several connections, and so only there does one statement wait for the locks of another. */
const database = ledgerForSuite('postgres')

const RUNS = 3
/** `write`: to every run that the worker holds or thinks it holds, in one batch. `again`: presents the last batch once more. */
const acts = fc.array(fc.constantFrom('claim', 'renew', 'write', 'write', 'write backwards', 'again', 'give back'), {
  minLength: 3,
  maxLength: 10,
})
const lapses = fc.array(fc.constant('lapse'), { maxLength: 4 })
const drawnHolds = fc.array(fc.tuple(fc.nat(RUNS - 1), fc.integer({ min: 2, max: 8 })), { maxLength: 4 })

/** What the ledger said to one patch, and whether a later hold was known when it was presented. */
interface Said {
  readonly patch: RunPatch
  readonly wasStale: boolean
  readonly verdict: Verdict
}

class Contest {
  readonly world: LedgerWorld
  readonly trouble: unknown[] = []
  readonly said: Said[] = []
  /** The highest epoch that any worker has been given. */
  readonly #given = new Map<RunId, number>()
  readonly #holds = new Set<string>()
  readonly #scheduler: fc.Scheduler
  readonly #database: Database
  #now = NOW
  #written = 0

  constructor(world: LedgerWorld, scheduler: fc.Scheduler) {
    this.world = world
    this.#scheduler = scheduler
    this.#database = intercepted(world.database, (statement) => this.turn(statement))
  }

  /** Runs that anybody may claim. */
  async begin(): Promise<readonly [RunId, ...RunId[]]> {
    const workflow = this.world.tenant
    const create = { workflow, version: 1, engine: 'local', requester: 'x', input: '{}', createdAt: NOW } as const
    const creating = () => this.world.creating({ create, next: { status: 'ready', due: NOW } })
    const [first, ...others] = [creating(), ...Array.from({ length: RUNS - 1 }, creating)] as const
    const creator = this.world.writer('creator')
    await Promise.all([first, ...others].map((patch) => creator.commit(patch)))
    return [first.run, ...others.map(({ run }) => run)]
  }

  turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label)
  }

  writer(worker: string): GroupCommit {
    return this.world.writer(worker, { database: this.#database, onTrouble: (error) => this.trouble.push(error) })
  }

  /** What the worker claims it holds from then on. */
  async claim(worker: string): Promise<readonly RunPatch[]> {
    const loadable = [`${this.world.tenant}@1`]
    const claimed = await claimRuns(this.#database, { worker, leaseMs: LEASE_MS, limit: 2, loadable })
    return claimed.map((run) => {
      const hold = `${run.id} ${run.epoch}`
      assert.ok(!this.#holds.has(hold), 'an epoch is given once')
      this.#holds.add(hold)
      this.#given.set(run.id, Math.max(run.epoch, this.#given.get(run.id) ?? 1))
      return {
        ...this.world.creating({ run: run.id, create: undefined, epoch: run.epoch, batch: run.batch }),
        seq: run.seq,
      }
    })
  }

  renew(worker: string, held: readonly RunPatch[]): Promise<readonly string[]> {
    const holds = held.map(({ tenant, run, epoch }) => ({ tenant, id: run, epoch }))
    return renewLeases(this.#database, worker, LEASE_MS, holds)
  }

  async lapse(): Promise<void> {
    this.#now += LEASE_MS + 1
    await this.world.setClock(this.#now)
  }

  /** Somebody else has the row of a run for a while, so that statements queue for it. */
  async hold(run: RunId, turns: number): Promise<void> {
    await this.world.database.transaction({ role: 'owner' }, async (session) => {
      await session.query({ name: '', text: 'select from sijil.runs where id = $1 for update' }, [run])
      for (let turn = 0; turn < turns; turn += 1) await this.turn('hold')
    })
  }

  async write(writer: GroupCommit, patches: readonly RunPatch[]): Promise<readonly Verdict[]> {
    const stale = patches.map(({ run, epoch }) => epoch < (this.#given.get(run) ?? 1))
    const verdicts = await Promise.all(patches.map((patch) => writer.commit(patch)))
    for (const [index, verdict] of verdicts.entries()) {
      const patch = patches[index]
      if (patch !== undefined) this.said.push({ patch, wasStale: stale[index] === true, verdict })
    }
    return verdicts
  }

  /** The next patch of a hold: one record, which says by which hold it was written. */
  next(last: RunPatch, next: RunPatch['next'] = { status: 'running' }): RunPatch {
    this.#written += 1
    const record = aRecord(`record-${this.#written}`, last.seq + 1, String(last.epoch))
    return following(last, { records: [record], audits: [anAudit(record.key)], next })
  }
}

async function work(contest: Contest, worker: string, script: readonly string[]): Promise<void> {
  const writer = contest.writer(worker)
  const held = new Map<string, RunPatch>()
  let last: readonly RunPatch[] = []
  for (const act of script) {
    await contest.turn(`${worker} ${act}`)
    if (act === 'claim') for (const patch of await contest.claim(worker)) held.set(patch.run, patch)
    else if (act === 'renew') for (const run of await contest.renew(worker, [...held.values()])) held.delete(run)
    else if (act === 'again') await contest.write(writer, last)
    else {
      const next: RunPatch['next'] = act === 'give back' ? { status: 'ready', due: NOW } : { status: 'running' }
      last = [...held.values()].map((patch) => contest.next(patch, next))
      const verdicts = await contest.write(writer, act === 'write backwards' ? last.toReversed() : last)
      for (const patch of last) held.set(patch.run, patch)
      // A worker stops when it hears that it lost a run, or gave it back; until then it goes on.
      const heard = act === 'write backwards' ? verdicts.toReversed() : verdicts
      for (const [index, { run }] of last.entries())
        if (heard[index]?.kind !== 'written' || next.status !== 'running') held.delete(run)
    }
  }
  await writer.close()
}

interface Written {
  readonly run: RunId
  readonly seq: number
  readonly key: string
  readonly epoch: number
}

async function assertFenced(contest: Contest, of: readonly RunId[]): Promise<void> {
  const rows = await contest.world.sql<Written>(
    'select run, seq, key, value::integer as epoch from sijil.records where tenant = $1 order by run, seq',
    [contest.world.tenant],
  )
  const keys = new Set(rows.map(({ key }) => key))
  for (const { patch, wasStale, verdict } of contest.said) {
    const [record] = patch.records
    assert.ok(verdict.kind === 'written' || verdict.kind === 'fenced', verdict.kind)
    assert.equal(
      keys.has(record?.key ?? ''),
      verdict.kind === 'written' || isWrittenElse(contest, patch),
      `${record?.key}`,
    )
    if (wasStale) assert.ok(verdict.kind === 'fenced' || isWrittenElse(contest, patch), 'a stale hold has written')
  }
  for (const run of of) {
    const own = rows.filter((row) => row.run === run)
    assert.deepEqual(
      own.map(({ seq }) => seq),
      own.map((_, index) => index + 1),
      'no gap',
    )
    assert.deepEqual(
      own.map(({ epoch }) => epoch),
      own.map(({ epoch }) => epoch).toSorted((one, other) => one - other),
      'nothing of a hold after that of a later one',
    )
    const [row] = await contest.world.sql<{ seq: number }>('select seq from sijil.runs where id = $1', [run])
    assert.equal(row?.seq, own.length)
  }
  assert.deepEqual(contest.trouble, [], 'no deadlock, no refusal')
}

/** Presented more than once: it counts as written when it was, the first time. */
const isWrittenElse = ({ said }: Contest, patch: RunPatch): boolean =>
  said.some((other) => other.patch === patch && other.verdict.kind === 'written')

const world = () => LedgerWorld.open(database())

test('whoever writes, claims, renews or lapses in whatever order: a stale hold writes nothing, no two statements lock each other, records have no gap', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(acts, { minLength: 2, maxLength: 3 }),
      lapses,
      drawnHolds,
      async (scheduler, scripts, times, locks) => {
        const contest = new Contest(await world(), scheduler)
        const contested = await contest.begin()
        const time = async () => {
          for (const lapse of times) {
            await contest.turn(lapse)
            await contest.lapse()
          }
        }
        const somebody = async () => {
          for (const [index, turns] of locks) await contest.hold(contested[index] ?? contested[0], turns)
        }
        const workers = scripts.map((script, index) => work(contest, `worker-${index}`, ['claim', ...script]))
        await scheduler.waitFor(Promise.all([...workers, time(), somebody()]))
        await assertFenced(contest, contested)
      },
    ),
    runs(25),
  ))

/** Three runs, some of them, in any order. */
const batches = fc.array(fc.shuffledSubarray([0, 1, 2], { minLength: 2 }), { minLength: 2, maxLength: 3 })

test('batches that name the same runs in whatever order, while somebody else has one of them, all come to an end', () =>
  fc.assert(
    fc.asyncProperty(batches, fc.nat(2), async (orders, heldIndex) => {
      const its = await world()
      const created = [its.creating(), its.creating(), its.creating()] as const
      await Promise.all(created.map((patch) => its.writer('creator').commit(patch)))
      const trouble: unknown[] = []
      let verdicts: Promise<readonly (readonly Verdict[])[]> | undefined
      await database().transaction({ role: 'owner' }, async (session) => {
        const text = 'select from sijil.runs where id = $1 for update'
        await session.query({ name: '', text }, [created[heldIndex]?.run ?? ''])
        verdicts = Promise.all(
          orders.map((order, index) => {
            const writer = its.writer(`worker-${index}`, { onTrouble: (error) => trouble.push(error) })
            return Promise.all(order.map((run) => writer.commit(following(created[run] ?? created[0]))))
          }),
        )
        const wanting = orders.filter((order) => order.includes(heldIndex)).length
        await untilQueued(its, Math.min(wanting, ENGINE_CONNECTIONS))
      })
      for (const verdict of (await verdicts)?.flat() ?? []) assert.equal(verdict.kind, 'written')
      assert.deepEqual(trouble, [])
    }),
    runs(25),
  ))

/** As many statements of the engine are under way at once. */
const ENGINE_CONNECTIONS = 2
/** Until so many statements wait for a lock: no guess about time. */
async function untilQueued(its: LedgerWorld, count: number): Promise<void> {
  const text = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%commit_batch%'`
  for (let turn = 0; turn < 2_000; turn += 1) if ((await its.sql(text)).length >= count) return
  assert.fail('the batches never came to the lock')
}
