import { textArray, uuidArray } from './database/binary-array.ts'
import type { Database, Param, Statement } from './database/database.ts'
import type { RunId } from './ids.ts'
import type { EffectRow, Letter, LoadedRun } from './load-runs.ts'
import type { RecordRow } from './patch.ts'

/**
 * Runs whose flow is called elsewhere (on Temporal). Nobody holds one: its epoch says which side may write, and several workers
 * write to it apart, each for one branch. `due_ms` is when the side that calls the flow should be told to look again.
 */
export interface ApartRun {
  readonly tenant: string
  readonly id: RunId
  readonly epoch: number
  readonly workflow: string
  readonly version: number
  /** Nothing was written since it was created. */
  readonly isNew: boolean
  /** The last that was tried failed. */
  readonly isUntold: boolean
}

/**
 * That a run is being told need not have reached the disk before it is told: after a crash it would be told again. For this
 * transaction only: on the same connection engines commit what must not be lost.
 */
const WITHOUT_WAITING = `set_config('synchronous_commit', 'off', true) = 'off'`

const apartColumns = `r.tenant, r.id, r.epoch, r.workflow, r.version, r.seq = 0 and r.batch = 1 as "isNew", r.untold_ms is not null as "isUntold"`

const due: Statement = {
  name: 'tell_apart',
  text: `with due as (
      select tenant, id from sijil.runs
        where status in ('ready', 'running', 'waiting') and engine = 'temporal' and due_ms <= sijil.now_ms() - case status when 'waiting' then $3::bigint else 0 end
          and workflow || '@' || version = any ($4::text[])
        order by due_ms limit $1 for update skip locked)
    update sijil.runs r set status = 'running', due_ms = sijil.now_ms() + $2
      from due where r.tenant = due.tenant and r.id = due.id and ${WITHOUT_WAITING}
      returning ${apartColumns}`,
}

export interface TellSettings {
  /** `name@version` of those that this process can load. Any other is left, untouched, to a process that can. */
  readonly loadable: readonly string[]
  readonly limit: number
  /** How long until a run that is not heard of is told again. */
  readonly patienceMs: number
  /** How long after its deadline a run that waits is told: its own timer should have. */
  readonly graceMs: number
}

/** Runs on Temporal that should look again: new ones, those for which something came, and those not heard of for too long. */
export const runsToTell = (
  database: Database,
  { loadable, limit, patienceMs, graceMs }: TellSettings,
): Promise<readonly ApartRun[]> =>
  database.engine.query<ApartRun>(due, [limit, patienceMs, graceMs, textArray(loadable)])

const one: Statement = {
  name: 'tell_one_apart',
  text: `update sijil.runs r set status = 'running', due_ms = case when status = 'running' then due_ms else sijil.now_ms() + $2 end
    where r.id = $1 and r.engine = 'temporal' and r.status in ('ready', 'running', 'waiting')
      and r.workflow || '@' || r.version = any ($3::text[]) and ${WITHOUT_WAITING}
    returning ${apartColumns}`,
}

/** The run, if it is on Temporal, has not ended, and is of a version that can be loaded. */
export async function runToTell(
  database: Database,
  run: string,
  { loadable, patienceMs }: Pick<TellSettings, 'loadable' | 'patienceMs'>,
): Promise<ApartRun | undefined> {
  const [found] = await database.engine.query<ApartRun>(one, [run, patienceMs, textArray(loadable)])
  return found
}

const untold: Statement = {
  name: 'untold_apart',
  text: `update sijil.runs r set status = 'ready', worker = null, due_ms = sijil.now_ms() + $3, untold_ms = coalesce(r.untold_ms, sijil.now_ms())
    from unnest($1::text[], $2::uuid[]) b (tenant, id)
    where r.tenant = b.tenant and r.id = b.id and r.engine = 'temporal' and r.status = 'running'`,
}

/** They could not be told: they are due again after that time, and meanwhile nothing of them is under way. */
export const notTold = async (database: Database, runs: readonly ApartRun[], retryMs: number): Promise<void> =>
  void (await database.engine.query(untold, [...namesOf(runs), retryMs]))

const toldAgain: Statement = {
  name: 'told_apart',
  text: `update sijil.runs r set untold_ms = null from unnest($1::text[], $2::uuid[]) b (tenant, id)
    where r.tenant = b.tenant and r.id = b.id and r.untold_ms is not null and ${WITHOUT_WAITING}`,
}

/** They could not be told before, and have been now. */
export const told = async (database: Database, runs: readonly ApartRun[]): Promise<void> =>
  void (await database.engine.query(toldAgain, namesOf(runs)))

const namesOf = (runs: readonly ApartRun[]): readonly [Param, Param] => [
  textArray(runs.map(({ tenant }) => tenant)),
  uuidArray(runs.map(({ id }) => id)),
]

/** Rows of one run in another table, as one column: an errand asks the ledger once, and all of its answer is of one moment. */
const listed = (columns: string, table: string, of: string): string =>
  `(select coalesce(json_agg(l), '[]') from (select ${columns} from sijil.${table} where tenant = r.tenant and run = r.id and ${of}) l)`
const recordColumns = 'seq, key, kind, name, digest, outcome, value, at_ms as at'
const effectColumns =
  'key, step, of, action, subject, undoable, input, state, generation, attempt, deadline_ms as "deadlineAt", retry_ms as "retryAt", held, started_seq as "startedSeq"'
const letterColumns = 'number, kind, name, payload, received_ms as "receivedAt"'
const ofKeys = '($3::text[] is null or key = any ($3))'
const part: Statement = {
  name: 'read_apart',
  text: `select r.tenant, r.id, r.workflow, r.version, r.requester, case when $3::text[] is null then r.input else '' end as input, r.created_ms as "createdAt",
      r.epoch, r.seq, r.batch, r.pivoted, r.mailbox as count, coalesce(r.created_ms < (select at_ms from sijil.restored), false) as quarantined,
      ${listed(recordColumns, 'records', 'key = any ($3)')} as records,
      ${listed(effectColumns, 'effects', ofKeys)} as effects,
      ${listed('key, digest, due_ms as "dueAt"', 'waits', ofKeys)} as waits,
      ${listed(letterColumns, 'signals', 'consumed_by is null order by number')} as letters
    from sijil.runs r where r.tenant = $1 and r.id = $2 and r.status <> 'ended' and r.engine = 'temporal'`,
}
interface PartRow extends Omit<LoadedRun, 'mailbox'> {
  readonly count: number
  readonly letters: readonly Letter[]
}
interface ApartRef {
  readonly tenant: string
  readonly run: RunId
  readonly epoch: number
}

/** What the ledger knows of a run in so far as it concerns these keys. Undefined when the run has ended or is elsewhere. */
export const readPart = (database: Database, ref: ApartRef, keys: readonly string[]): Promise<LoadedRun | undefined> =>
  read(database, ref, textArray(keys))

/**
 * The run, the effects it has started and the keys it waits for; of its records none. Undefined when it has ended or is elsewhere.
 */
export const readWithoutRecords = (database: Database, ref: ApartRef): Promise<LoadedRun | undefined> =>
  read(database, ref, null)

async function read(database: Database, { tenant, run, epoch }: ApartRef, keys: Param): Promise<LoadedRun | undefined> {
  const [found] = await database.engine.query<PartRow>(part, [tenant, run, keys])
  if (found === undefined || found.epoch !== epoch) return undefined
  const { count, letters, ...loaded } = found
  return { ...loaded, mailbox: { count, letters } }
}

const effects: Statement = {
  name: 'apart_effects',
  text: `select ${effectColumns} from sijil.effects where tenant = $1 and run = $2 and ${ofKeys}`,
}

/** Default: all effects of the run. */
export const readEffects = (
  database: Database,
  tenant: string,
  run: RunId,
  keys?: readonly string[],
): Promise<readonly EffectRow[]> =>
  database.engine.query<EffectRow>(effects, [tenant, run, keys === undefined ? null : textArray(keys)])

const page: Statement = {
  name: 'apart_page',
  text: `select seq, key, kind, name, digest, outcome, value, at from (
      select k.seq, k.key, k.kind, k.name, k.digest, k.outcome, k.value, k.at_ms as at,
        sum(octet_length(k.value) + octet_length(k.key) + 300) over (order by k.seq) as bytes
      from sijil.records k where k.tenant = $1 and k.run = $2 and k.seq > $3) k
    where bytes <= $4 or seq = $3 + 1 order by seq`,
}

/** Records after the sequence `from`, as many as have so many bytes together, and at least one. */
export const readRecords = (
  database: Database,
  { tenant, run }: { readonly tenant: string; readonly run: RunId },
  from: number,
  bytesMax: number,
): Promise<readonly RecordRow[]> => database.engine.query<RecordRow>(page, [tenant, run, from, bytesMax])

const untoldCount: Statement = {
  name: 'count_untold_apart',
  text: `select count(*)::int as count from sijil.runs
    where engine = 'temporal' and status in ('ready', 'running', 'waiting') and least(due_ms, untold_ms) <= sijil.now_ms() - $1`,
}
/** A teller looks twice a second, and leaves a deadline to Temporal's own timer for some seconds. */
const UNTOLD_MS = 15_000

/** Runs on Temporal that the cluster should have been told of for a while now: nobody tries, or every try has failed since. */
export async function countUntold(database: Database): Promise<number> {
  const [row] = await database.engine.query<{ readonly count: number }>(untoldCount, [UNTOLD_MS])
  return row?.count ?? 0
}
