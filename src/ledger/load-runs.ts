import { int4Array, textArray, uuidArray } from './database/binary-array.ts'
import type { Database, Statement } from './database/database.ts'
import type { RunId } from './ids.ts'
import type { EffectState, RecordRow } from './patch.ts'

/** All that a worker must know to go on with a run that it holds. */
export interface LoadedRun {
  readonly tenant: string
  readonly id: RunId
  readonly workflow: string
  readonly version: number
  readonly requester: string
  readonly input: string
  readonly createdAt: number
  readonly epoch: number
  readonly seq: number
  readonly batch: number
  readonly pivoted: boolean
  readonly records: readonly RecordRow[]
  readonly effects: readonly EffectRow[]
  readonly waits: readonly OpenWait[]
  readonly mailbox: Mailbox
  /** The run is older than the snapshot this ledger was restored from: it may have forgotten what it sent. */
  readonly quarantined: boolean
}

export interface EffectRow {
  readonly key: string
  readonly step: string
  readonly of: string | null
  readonly action: string | null
  readonly subject: string | null
  readonly undoable: boolean
  readonly input: string
  readonly state: EffectState
  readonly generation: number
  readonly attempt: number
  readonly deadlineAt: number
  readonly retryAt: number | null
  /** How many of its attempts were held back: they do not count. */
  readonly held: number
  readonly startedSeq: number
}

export interface OpenWait {
  readonly key: string
  readonly digest: string
  readonly dueAt: number | null
}

/** The signals that nobody has taken yet, and how many the run has had in all. */
export interface Mailbox {
  readonly count: number
  readonly letters: readonly Letter[]
}
export interface Letter {
  readonly number: number
  readonly kind: 'signal' | 'decision' | 'cancel' | 'resolution' | 'sighting'
  readonly name: string
  readonly payload: string
  readonly receivedAt: number
}

interface RunRow {
  readonly tenant: string
  readonly id: RunId
  readonly workflow: string
  readonly version: number
  readonly requester: string
  readonly input: string
  readonly created_ms: number
  readonly epoch: number
  readonly seq: number
  readonly batch: number
  readonly mailbox: number
  readonly pivoted: boolean
  readonly quarantined: boolean
}

const claim: Statement = {
  name: 'claim_runs',
  text: `select c.tenant, c.id, c.workflow, c.version, c.requester, c.input, c.created_ms, c.epoch, c.seq, c.batch, c.mailbox, c.pivoted,
      coalesce(c.created_ms < (select at_ms from sijil.restored), false) as quarantined
    from sijil.claim_runs($1, $2, $3, $4::text[]) c`,
}
const ofRuns = 'unnest($1::text[], $2::uuid[]) b (tenant, run)'
const records: Statement = {
  name: 'load_records',
  text: `select r.run, r.seq, r.key, r.kind, r.name, r.digest, r.outcome, r.value, r.at_ms as at from ${ofRuns} join sijil.records r using (tenant, run)`,
}
const effects: Statement = {
  name: 'load_effects',
  text: `select e.run, e.key, e.step, e.of, e.action, e.subject, e.undoable, e.input, e.state, e.generation, e.attempt, e.deadline_ms as "deadlineAt",
      e.retry_ms as "retryAt", e.held, e.started_seq as "startedSeq" from ${ofRuns} join sijil.effects e using (tenant, run)`,
}
const waits: Statement = {
  name: 'load_waits',
  text: `select w.run, w.key, w.digest, w.due_ms as "dueAt" from ${ofRuns} join sijil.waits w using (tenant, run)`,
}
const letters: Statement = {
  name: 'load_letters',
  text: `select s.run, s.number, s.kind, s.name, s.payload, s.received_ms as "receivedAt" from ${ofRuns} join sijil.signals s using (tenant, run)
    where s.consumed_by is null order by s.number`,
}
const mailbox: Statement = {
  name: 'read_mailbox',
  text: `select r.mailbox, s.number, s.kind, s.name, s.payload, s.received_ms as "receivedAt"
    from sijil.runs r left join sijil.signals s on s.tenant = r.tenant and s.run = r.id and s.consumed_by is null
    where r.tenant = $1 and r.id = $2 order by s.number`,
}

export interface ClaimSettings {
  readonly worker: string
  readonly leaseMs: number
  /** How many at most. */
  readonly limit: number
  /** `name@version` of every workflow this worker can drive. */
  readonly loadable: readonly string[]
}

/** Takes runs that are due under a new epoch and reads what their record holds. */
export async function claimRuns(
  database: Database,
  { worker, leaseMs, limit, loadable }: ClaimSettings,
): Promise<readonly LoadedRun[]> {
  const claimed = await database.engine.query<RunRow>(claim, [worker, leaseMs, limit, textArray(loadable)])
  if (claimed.length === 0) return []
  const which = [textArray(claimed.map(({ tenant }) => tenant)), uuidArray(claimed.map(({ id }) => id))]
  const [recordsOf, effectsOf, waitsOf, lettersOf] = await Promise.all([
    database.engine.query<RecordRow & OfRun>(records, which).then(byRun),
    database.engine.query<EffectRow & OfRun>(effects, which).then(byRun),
    database.engine.query<OpenWait & OfRun>(waits, which).then(byRun),
    database.engine.query<Letter & OfRun>(letters, which).then(byRun),
  ])
  return claimed.map(({ created_ms, mailbox: count, ...run }) => ({
    ...run,
    createdAt: created_ms,
    records: recordsOf(run.id),
    effects: effectsOf(run.id),
    waits: waitsOf(run.id),
    mailbox: { count, letters: lettersOf(run.id) },
  }))
}

/** What lies in the mailbox of a run now. */
export async function readMailbox(database: Database, tenant: string, run: RunId): Promise<Mailbox> {
  const rows = await database.engine.query<Letter & { readonly mailbox: number; readonly number: number | null }>(
    mailbox,
    [tenant, run],
  )
  return { count: rows[0]?.mailbox ?? 0, letters: rows.filter(({ number }) => number !== null) }
}

interface OfRun {
  readonly run: string
}
function byRun<Row extends OfRun>(rows: readonly Row[]): (run: string) => readonly Row[] {
  const groups = Map.groupBy(rows, ({ run }) => run)
  return (run) => groups.get(run) ?? []
}

const renew: Statement = {
  name: 'renew_leases',
  text: 'select run from sijil.renew_leases($1, $2, $3::text[], $4::uuid[], $5::integer[])',
}

export interface HeldRun {
  readonly tenant: string
  readonly id: RunId
  readonly epoch: number
}

/** Extends the leases of the runs a worker holds. Answers those it has lost: it must stop writing to them. */
export async function renewLeases(
  database: Database,
  worker: string,
  leaseMs: number,
  held: readonly HeldRun[],
): Promise<readonly string[]> {
  if (held.length === 0) return []
  const rows = await database.engine.query<OfRun>(renew, [
    worker,
    leaseMs,
    textArray(held.map(({ tenant }) => tenant)),
    uuidArray(held.map(({ id }) => id)),
    int4Array(held.map(({ epoch }) => epoch)),
  ])
  return rows.map(({ run }) => run)
}

/**
 * The look ends an hour ahead. Without an end a worker that can load none of the runs that wait would read them all: 340 ms with
 * 100,000 of them. Whoever asks looks again within half a minute.
 */
const soonest: Statement = {
  name: 'soonest_due',
  text: `select sijil.now_ms() as now, exists (select from sijil.clock) as held,
    (select due_ms from sijil.runs
      where status in ('ready', 'running', 'waiting') and engine in ('inline', 'local') and workflow || '@' || version = any ($1::text[])
        and due_ms <= sijil.now_ms() + 3600000
      order by due_ms limit 1) as due`,
}

export interface Soonest {
  readonly now: number
  /** Whether a test holds the clock. */
  readonly held: boolean
  /** Null when none is due within the hour. */
  readonly due: number | null
}

/** The ledger's time, and when the next run that this worker can load must be looked at. */
export async function readSoonest(database: Database, loadable: readonly string[]): Promise<Soonest> {
  const [row] = await database.engine.query<Soonest>(soonest, [textArray(loadable)])
  if (row === undefined) throw new Error('the ledger did not say what time it is')
  return row
}

const unloadable: Statement = {
  name: 'count_unloadable',
  text: `select count(*) as runs from sijil.runs
    where status in ('ready', 'running', 'waiting') and due_ms <= sijil.now_ms()
      and workflow || '@' || version <> all ($1::text[])`,
}

/** How many runs are due and of a version that this worker cannot load. They wait, untouched, for one that can. */
export async function countUnloadable(database: Database, loadable: readonly string[]): Promise<number> {
  const [row] = await database.engine.query<{ runs: number }>(unloadable, [textArray(loadable)])
  return row?.runs ?? 0
}

const free: Statement = {
  name: 'free_leases',
  text: "update sijil.runs set due_ms = sijil.now_ms() where status = 'running'",
}

/** Ends every lease. Only where nobody else can hold one: at the start of the one process of an embedded ledger. */
export async function freeLeases(database: Database): Promise<void> {
  await database.engine.query(free)
}
