import { textArray } from '../database/binary-array.ts'
import type { Database, Session, Statement } from '../database/database.ts'
import type { By } from './requests.ts'

/** Where a run may be told to go. What runs inline counts as local: the same processes drive it. */
export type Side = 'local' | 'temporal'

export interface Move {
  readonly to: Side
  /** `name@version` of what the engine there can drive. */
  readonly loadable: readonly string[]
  /** Goes into the audit log. */
  readonly why: string
}

const move: Statement = {
  name: 'requests.move_run',
  text: 'select sijil.move_run($1, $2, $3, $4::text[], $5, $6, $7) as answer',
}

/** MOVED, or why not. */
export const askForMove = async (
  session: Session,
  by: By,
  run: string,
  { to, loadable, why }: Move,
): Promise<string> => {
  const [row] = await session.query<{ readonly answer: string }>(move, [
    by.tenant,
    run,
    to,
    textArray(loadable),
    by.person,
    by.source,
    why,
  ])
  if (row === undefined) throw new Error('the ledger gave no answer')
  return row.answer
}

/** In the order of their ids, as every writer locks runs. */
const page: Statement = {
  name: 'requests.move_runs',
  text: `with page as materialized (
      select id from sijil.runs
        where tenant = $1 and status <> 'ended' and (engine = 'temporal') <> ($2 = 'temporal') and ($7::uuid is null or id > $7)
        order by id limit $8)
    select id as run, sijil.move_run($1, id, $2, $3::text[], $4, $5, $6) as answer from page`,
}

export interface MovedRun {
  readonly run: string
  /** MOVED, or why not. */
  readonly answer: string
}

/** Moves the next runs of a tenant that are elsewhere, those after the id `after`. All of them, or when it rejects none. */
export const askForMoves = (
  session: Session,
  by: By,
  { to, loadable, why }: Move,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly MovedRun[]> =>
  session.query<MovedRun>(page, [by.tenant, to, textArray(loadable), by.person, by.source, why, after ?? null, limit])

const elsewhere: Statement = {
  name: 'requests.count_elsewhere',
  text: `select count(*)::integer as runs from sijil.runs
    where tenant = $1 and status <> 'ended' and (engine = 'temporal') <> ($2 = 'temporal')`,
}

/** How many runs of a tenant have not ended and are not on that side. */
export async function countElsewhere(session: Session, tenant: string, side: Side): Promise<number> {
  const [row] = await session.query<{ readonly runs: number }>(elsewhere, [tenant, side])
  return row?.runs ?? 0
}

/** A workflow on a cluster whose run has moved away. */
export interface LeftBehind {
  readonly tenant: string
  readonly run: string
  readonly epoch: number
}

const toTell: Statement = {
  name: 'left_behind_take',
  text: `with due as (
      select tenant, run, epoch from sijil.left_behind where due_ms <= sijil.now_ms() order by due_ms limit $1 for update skip locked)
    update sijil.left_behind l set due_ms = sijil.now_ms() + $2
      from due where l.tenant = due.tenant and l.run = due.run and l.epoch = due.epoch
      returning l.tenant, l.run, l.epoch`,
}

/** Those that are to be told. Who was not told by then is answered again after so many milliseconds. */
export const leftBehindToTell = (
  database: Database,
  { limit, retryMs }: { readonly limit: number; readonly retryMs: number },
): Promise<readonly LeftBehind[]> => database.engine.query<LeftBehind>(toTell, [limit, retryMs])

const forget: Statement = {
  name: 'left_behind_forget',
  text: 'delete from sijil.left_behind where tenant = $1 and run = $2 and epoch = $3',
}

/** It was told, or is over. */
export const forgetLeftBehind = async (database: Database, { tenant, run, epoch }: LeftBehind): Promise<void> =>
  void (await database.engine.query(forget, [tenant, run, epoch]))
