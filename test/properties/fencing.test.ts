import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../src/ledger/database/database.ts'
import type { GroupCommit } from '../../src/ledger/group-commit.ts'
import { claimRuns, renewLeases } from '../../src/ledger/load-runs.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import type { RunPatch, Verdict } from '../../src/ledger/patch.ts'
import type { RunId } from '../../src/ledger/ids.ts'
import { intercepted } from '../engine/rules-world.ts'
import { aRecord, anAudit, following, LEASE_MS, LedgerWorld, NOW } from '../ledger/ledger-world.ts'
import { openTestDatabase } from '../support/databases.ts'
import { runs } from './property-runs.ts'

/** Only a server has several connections, and so only there does one statement wait for the locks of another. */
let database: Database
before(async () => {
  database = await openTestDatabase('postgres')
  await migrate(database)
})
after(() => database?.close())

const RUNS = 3
/** `write`: to every run that the worker holds or thinks it holds, in one batch. `again`: presents the last batch once more. */
const acts = fc.array(fc.constantFrom('claim', 'renew', 'write', 'write', 'write backwards', 'again', 'give back'), {
  minLength: 3,
  maxLength: 10,
})
const lapses = fc.array(fc.constant('lapse'), { maxLength: 4 })

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

test('whoever writes, claims, renews or lapses in whatever order: a stale hold writes nothing, no two statements lock each other, records have no gap', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(acts, { minLength: 2, maxLength: 3 }),
      lapses,
      async (scheduler, scripts, times) => {
        const world = await LedgerWorld.open(database)
        const contest = new Contest(world, scheduler)
        const create = {
          workflow: world.tenant,
          version: 1,
          engine: 'local',
          requester: 'x',
          input: '{}',
          createdAt: NOW,
        } as const
        const created = Array.from({ length: RUNS }, () =>
          world.creating({ create, next: { status: 'ready', due: NOW } }),
        )
        const creator = world.writer('creator')
        await Promise.all(created.map((patch) => creator.commit(patch)))
        const time = async () => {
          for (const lapse of times) {
            await contest.turn(lapse)
            await contest.lapse()
          }
        }
        const workers = scripts.map((script, index) => work(contest, `worker-${index}`, ['claim', ...script]))
        await scheduler.waitFor(Promise.all([...workers, time()]))
        await assertFenced(
          contest,
          created.map(({ run }) => run),
        )
      },
    ),
    runs(40),
  ))
