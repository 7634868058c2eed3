import type { Session, Statement } from '../database/database.ts'
import type { TaskState } from '../reading/run-view.ts'

/** The ledger's own functions for people and the outside. Each is one transition, called by a member of the tenant. */

interface Answer {
  readonly answer: string
}

const deliver: Statement = {
  name: 'requests.deliver_signal',
  text: 'select sijil.deliver_signal($1, $2, $3, $4, $5, $6, $7, $8) as answer',
}
const decide: Statement = {
  name: 'requests.decide_task',
  text: 'select sijil.decide_task($1, $2, $3, $4, $5, $6, $7, $8) as answer',
}
const resolve: Statement = {
  name: 'requests.resolve_effect',
  text: 'select sijil.resolve_effect($1, $2, $3, $4, $5, $6, $7) as answer',
}
const retry: Statement = { name: 'requests.retry_run', text: 'select sijil.retry_run($1, $2, $3, $4, $5) as answer' }
const cancel: Statement = {
  name: 'requests.cancel_run',
  text: 'select sijil.cancel_run($1, $2, $3, $4, $5, $6) as answer',
}
const note: Statement = {
  name: 'requests.note',
  text: 'select sijil.note($1, $2, $3, $4, $5, null, $6, $7, null)',
}

/** Who asks, and through which face. */
export interface By {
  readonly tenant: string
  readonly person: string
  readonly source: string
}

const answerOf = ([row]: readonly Answer[]): string => {
  if (row === undefined) throw new Error('the ledger gave no answer')
  return row.answer
}

export interface SignalDelivery {
  readonly run: string
  /** Delivered once. */
  readonly id: string
  readonly kind: 'signal' | 'sighting'
  readonly name: string
  /** Canonical JSON. */
  readonly payload: string
}
export type Delivered = 'accepted' | 'duplicate' | 'late' | 'unknown'

/** `late`: the run has ended; of a signal a task was opened. `unknown`: there is no such run. */
export async function deliverSignal(session: Session, by: By, signal: SignalDelivery): Promise<Delivered> {
  const { run, id, kind, name, payload } = signal
  const rows = await session.query<Answer>(deliver, [by.tenant, run, id, kind, name, payload, by.person, by.source])
  return answerOf(rows) as Delivered // the four answers of sijil.deliver_signal
}

export interface Decision {
  readonly task: string
  readonly verdict: 'approve' | 'return' | 'reject'
  readonly digest: string
  /** Canonical JSON. */
  readonly value: string
  readonly comments: string | null
}
export interface Decided {
  readonly code: string
  readonly state?: TaskState
}

/** Any code but DECIDED and COUNTED changed nothing. */
export async function recordDecision(session: Session, by: By, decision: Decision): Promise<Decided> {
  const { task, verdict, digest, value, comments } = decision
  const rows = await session.query<{ readonly answer: Decided }>(decide, [
    by.tenant,
    task,
    by.person,
    verdict,
    digest,
    value,
    comments,
    by.source,
  ])
  return rows[0]?.answer ?? { code: 'NO_SUCH_TASK' }
}

/** RESOLVED, or why not. `resolution`: JSON of the outcome. */
export const settleEffect = async (
  session: Session,
  by: By,
  { run, key, resolution, why }: { run: string; key: string; resolution: string; why: string },
): Promise<string> =>
  answerOf(await session.query<Answer>(resolve, [by.tenant, run, key, resolution, by.person, by.source, why]))

/** RETRIED, or why not. */
export const askForRetry = async (session: Session, by: By, run: string, why: string): Promise<string> =>
  answerOf(await session.query<Answer>(retry, [by.tenant, run, by.person, by.source, why]))

/** REQUESTED, or why not. */
export const askForEnd = async (
  session: Session,
  by: By,
  { run, undo, why }: { run: string; undo: boolean; why: string },
): Promise<string> => answerOf(await session.query<Answer>(cancel, [by.tenant, run, undo, by.person, by.source, why]))

/** A line of the audit log about something that changed nothing else, such as a reading of personal values. */
export async function noteAct(
  session: Session,
  by: By,
  { what, run, subject, detail }: { what: string; run: string | null; subject: string; detail: string | null },
): Promise<void> {
  await session.query(note, [by.tenant, by.person, what, run, subject, detail, by.source])
}
