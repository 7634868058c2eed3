import type { Database, Session, Statement } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'
import { LedgerRefused } from '../database/ledger-refused.ts'
import { sql } from '../database/row-pages.ts'
import { type Table, tableName } from '../database/snapshot-shape.ts'
import { APPLICATION_NAME } from '../database/postgres-database.ts'

/** What a mover calls its connections, so that it does not take itself for a server. */
export const MOVER = 'sijil db move'

/** What the transactions of a move are set to. Values travel as text, which must be the same text on both sides. */
const settings = [
  'set local row_security = off', // leaves no row out without a word
  "set local timezone = 'UTC'",
  "set local datestyle = 'ISO, YMD'",
  "set local bytea_output = 'hex'",
  "set local lock_timeout = '10s'",
] as const

const connected: Statement = {
  name: 'move.connected',
  text: `select count(*) as processes from pg_stat_activity
    where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
}
const leased: Statement = {
  name: 'move.leased',
  text: `select count(*) as runs, max(worker) as worker from sijil.runs
    where status = 'running' and engine in ('inline', 'local') and due_ms > sijil.now_ms()`,
}

/** A ledger as a refusal calls it. */
export interface LedgerPlace {
  readonly database: Database
  /** Without a password: it is written into both ledgers. */
  readonly name: string
}

/**
 * Throws LEDGER_IN_USE while a server speaks to this Postgres. An embedded database has no second client. It is a courtesy: whom it misses
 * waits at the locks, and is refused by the tombstone.
 */
export async function assertNobodyConnected(session: Session, { database, name }: LedgerPlace): Promise<void> {
  if (database.kind === 'pglite') return
  const [others] = await session.query<{ readonly processes: number }>(connected, [APPLICATION_NAME])
  if (others !== undefined && others.processes > 0)
    throw new LedgerRefused('LEDGER_IN_USE', { place: name, who: `${others.processes} connections of Sijil are open` })
}

/**
 * Throws LEDGER_IN_USE while a worker holds a run: it may be in the middle of a call, and what it comes to must be written down where
 * the intent was. What a worker of an embedded ledger held is free at once: there is no other process.
 */
export async function assertNoLease(session: Session, { database, name }: LedgerPlace): Promise<void> {
  if (database.kind === 'pglite') return
  const [held] = await session.query<{ readonly runs: number; readonly worker: string | null }>(leased)
  if (held !== undefined && held.runs > 0)
    throw new LedgerRefused('LEDGER_IN_USE', {
      place: name,
      who: `worker ${held.worker ?? '?'} holds ${held.runs} runs, for some seconds yet if it was killed`,
    })
}

/** Nobody else writes to these tables until the transaction ends; who tries waits. Readers go on. */
export async function holdStill(session: Session, { name }: LedgerPlace, tables: readonly Table[]): Promise<void> {
  for (const setting of settings) await session.query(sql(setting))
  try {
    await session.query(sql(`lock table ${tables.map(tableName).join(', ')} in exclusive mode`))
  } catch (error) {
    if (!['55P03', '40P01'].includes(sqlState(error) ?? '')) throw error
    throw new LedgerRefused('LEDGER_IN_USE', { place: name, who: 'somebody is writing to it' }, { cause: error })
  }
}
