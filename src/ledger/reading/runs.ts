import type { Database, Session, Statement } from '../database/database.ts'
import type { RunId } from '../ids.ts'
import { effectsOfRun } from './effects.ts'
import { pageSize } from './page-size.ts'
import type {
  AuditView,
  ReceiptView,
  RecordView,
  RunStatus,
  RunSummary,
  RunView,
  SignalView,
  WaitView,
} from './run-view.ts'
import { parsed, type Texts } from './stored-text.ts'
import { tasksOfRun } from './tasks.ts'

const summary = `r.id, r.workflow, r.version, r.engine, r.status, r.requester, r.created_ms as "createdAt", r.ended_ms as "endedAt",
    r.outcome, r.undo, r.why, r.stuck_code as "stuckCode", r.pivoted`

/** Run ids begin with their time, so the newest come first. */
const page: Statement = {
  name: 'reading.runs',
  text: `select ${summary} from sijil.runs r
    where r.tenant = $1 and ($2::text is null or r.workflow = $2) and ($3::text is null or r.status = $3)
      and ($4::text is null or r.requester = $4) and ($5::uuid is null or r.id < $5)
    order by r.id desc limit $6`,
}
const one: Statement = {
  name: 'reading.run',
  text: `select ${summary}, r.input, r.result from sijil.runs r where r.tenant = $1 and r.id = $2`,
}
const records: Statement = {
  name: 'reading.records',
  text: `select seq, key, kind, name, digest, outcome, value, at_ms as at from sijil.records where tenant = $1 and run = $2 order by seq`,
}
const receipts: Statement = {
  name: 'reading.receipts',
  text: `select id, key, action, request_digest as "requestDigest", result_digest as "resultDigest", trace, at_ms as at
    from sijil.receipts where tenant = $1 and run = $2 order by id`,
}
const waits: Statement = {
  name: 'reading.waits',
  text: `select key, kind, name, opened_ms as "openedAt", due_ms as "dueAt" from sijil.waits where tenant = $1 and run = $2 order by opened_ms, key`,
}
const signals: Statement = {
  name: 'reading.signals',
  text: `select number, id, kind, name, payload, source, received_ms as "receivedAt", consumed_by as "consumedBy"
    from sijil.signals where tenant = $1 and run = $2 order by number`,
}
const audit: Statement = {
  name: 'reading.audit',
  text: `select id, (extract(epoch from at) * 1000)::float8 as at, actor, what, subject, old, new, source, why
    from sijil.audit where tenant = $1 and run = $2 order by id`,
}

export interface RunFilter {
  readonly workflow?: string | undefined
  readonly status?: RunStatus | undefined
  readonly requester?: string | undefined
  /** Default 50, at most 500. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly after?: RunId | undefined
}

export interface RunPage {
  readonly runs: readonly RunSummary[]
  /** Where the next page begins; undefined when there is none. */
  readonly next: RunId | undefined
}

/** The runs of a tenant, newest first. */
export async function listRuns(database: Database, tenant: string, filter: RunFilter = {}): Promise<RunPage> {
  const { workflow = null, status = null, requester = null, after = null } = filter
  const limit = pageSize(filter.limit)
  const rows = await database.transaction({ role: 'member', tenant }, (session) =>
    session.query<RunSummary & { readonly id: RunId }>(page, [tenant, workflow, status, requester, after, limit + 1]),
  )
  const runs = rows.slice(0, limit)
  return { runs, next: rows.length > limit ? runs.at(-1)?.id : undefined }
}

/** Everything the ledger has of a run; undefined when the tenant has none with this id. */
export const readRun = (database: Database, tenant: string, id: RunId): Promise<RunView | undefined> =>
  database.transaction({ role: 'member', tenant }, (session) => viewOf(session, tenant, id))

async function viewOf(session: Session, tenant: string, id: RunId): Promise<RunView | undefined> {
  const which = [tenant, id] as const
  const [run] = await session.query<Texts<RunSummary & Pick<RunView, 'input' | 'result'>, 'input' | 'result'>>(
    one,
    which,
  )
  if (run === undefined) return undefined
  const recordsOf = await session.query<Texts<RecordView, 'value'>>(records, which)
  const signalsOf = await session.query<Texts<SignalView, 'payload'>>(signals, which)
  return {
    ...run,
    input: parsed(run.input),
    result: parsed(run.result),
    records: recordsOf.map((record) => ({ ...record, value: parsed(record.value) })),
    effects: await effectsOfRun(session, tenant, id),
    receipts: await session.query<ReceiptView>(receipts, which),
    waits: await session.query<WaitView>(waits, which),
    tasks: await tasksOfRun(session, tenant, id),
    signals: signalsOf.map((signal) => ({ ...signal, payload: parsed(signal.payload) })),
    audit: await session.query<AuditView>(audit, which),
  }
}
