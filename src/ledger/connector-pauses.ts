import type { Database, Statement } from './database/database.ts'
import type { By } from './requests/requests.ts'

/** An account of a connector that somebody has paused for a tenant. */
export interface Pause {
  readonly tenant: string
  readonly connector: string
  readonly account: string
  readonly person: string
  readonly why: string
  readonly pausedAt: number
}

/** Which account of which connector. */
export interface PausedAccount {
  readonly connector: string
  readonly account: string
}

const all: Statement = {
  name: 'connector_pauses',
  text: `select tenant, connector, account, person, why, paused_ms as "pausedAt" from sijil.connector_pauses
    where resumed_ms is null order by tenant, connector, account`,
}
const pause: Statement = {
  name: 'pause_connector',
  text: 'select sijil.pause_connector($1, $2, $3, $4, $5, $6) as answer',
}
const resume: Statement = {
  name: 'resume_connector',
  text: 'select sijil.resume_connector($1, $2, $3, $4, $5, $6) as answer',
}
/** Locked in the order of their ids, as every writer locks runs. */
const wake: Statement = {
  name: 'wake_held_back',
  text: `with held as materialized (
      select r.tenant, r.id from sijil.runs r
        where r.tenant = $1 and r.status = 'waiting' and exists (select from sijil.effects e
          where e.tenant = r.tenant and e.run = r.id and e.state in ('started', 'not_made') and starts_with(e.problem, $2))
        order by r.tenant, r.id for update)
    update sijil.runs r set status = 'ready', due_ms = sijil.now_ms() from held where r.tenant = held.tenant and r.id = held.id
      returning r.id as run`,
}

interface Answer {
  readonly answer: string
}

/** Of every tenant. */
export const readPauses = (database: Database): Promise<readonly Pause[]> => database.engine.query<Pause>(all)

/** Kept with who, when and why, and written to the tenant's audit log. Who paused it first stays on record. */
export const askForPause = (
  database: Database,
  { tenant, person, source }: By,
  { connector, account }: PausedAccount,
  why: string,
): Promise<'PAUSED' | 'ALREADY_PAUSED'> =>
  database.transaction({ role: 'member', tenant }, async (session) => {
    const [row] = await session.query<Answer>(pause, [tenant, connector, account, person, source, why])
    return row?.answer === 'PAUSED' ? 'PAUSED' : 'ALREADY_PAUSED'
  })

export interface Resumed {
  readonly answer: 'RESUMED' | 'NOT_PAUSED'
  /** Runs that waited for it: they are due now. */
  readonly runs: readonly string[]
}

/** `problem`: how the problem of what waits for this account begins. */
export const askForResume = (
  database: Database,
  { tenant, person, source }: By,
  { connector, account }: PausedAccount,
  { why, problem }: { readonly why: string; readonly problem: string },
): Promise<Resumed> =>
  database.transaction({ role: 'member', tenant }, async (session) => {
    const [row] = await session.query<Answer>(resume, [tenant, connector, account, person, source, why])
    if (row?.answer !== 'RESUMED') return { answer: 'NOT_PAUSED', runs: [] }
    const woken = await session.query<{ readonly run: string }>(wake, [tenant, problem])
    return { answer: 'RESUMED', runs: woken.map(({ run }) => run) }
  })
