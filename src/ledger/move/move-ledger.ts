/**
 * Moves a whole ledger to another database. It is not a restore: nothing is forgotten, so nothing is quarantined.
 *
 * 1. Both sides note the move: the source is `leaving` and goes on being the ledger; the target is `arriving`, and closed before its first
 *    row. A target that holds anything else is refused, unchanged.
 * 2. One transaction keeps the source still: nobody writes to it from the first row that is read until the tombstone.
 * 3. The rows go over a page at a time, in one transaction of the target, which commits only if every table has the same digest there.
 * 4. The copy is checked like any ledger: its rows against its proofs, its trees against the heads outside the database.
 * 5. The source is closed, in the transaction that has held it. This commit decides: before it the source is the ledger, after it the copy.
 * 6. The copy is opened.
 *
 * Never are both open. Whatever dies before 5, the source is as it was, and the next attempt begins again; between 5 and 6 neither
 * is open, and the next attempt only opens the copy.
 */
import { randomUUID } from 'node:crypto'
import type { Database, Session, Statement } from '../database/database.ts'
import { LedgerRefused } from '../database/ledger-refused.ts'
import { insertPage, pagesOf, sql } from '../database/row-pages.ts'
import { readShape, setSequence, type Shape, tableName } from '../database/snapshot-shape.ts'
import { closedBy, readWhereabouts, type Whereabouts } from '../database/whereabouts.ts'
import { migrateClosed } from '../migrate.ts'
import type { Finding } from '../verify/verify-ledger.ts'
import { assertNobodyConnected, assertNoLease, holdStill, type LedgerPlace } from './hold-still.ts'
import { digestOf, type TableDigest } from './table-digests.ts'

export interface LedgerMove {
  readonly source: LedgerPlace
  readonly target: LedgerPlace
  /** Brings what lies beside the database to where the target looks for it. Done before the check, and again by a later attempt. */
  readonly takeAlong: () => Promise<void>
  /** What is wrong with the copy. */
  readonly check: (copy: Database) => Promise<readonly Finding[]>
  /** Moves a ledger that is not what its proofs say, as it is. Default: no. */
  readonly evenWithFindings?: boolean
  readonly onProgress?: (progress: MoveProgress) => void
}

export interface MoveProgress {
  readonly doing: 'reading' | 'copying' | 'comparing' | 'checking'
  /** Rows so far, and in all; absent where nobody counts them. */
  readonly rows?: number
  readonly of?: number
}

export interface MovedLedger {
  /** `finished`: an earlier attempt had copied it. `already there`: it had even opened it. */
  readonly outcome: 'moved' | 'finished' | 'already there'
  /** What this attempt has copied. */
  readonly tables: number
  readonly rows: number
  readonly findings: readonly Finding[]
}

/** Throws `LedgerRefused`, `SchemaRefused` and what the databases throw. May be tried again after any of them. */
export async function moveLedger(move: LedgerMove): Promise<MovedLedger> {
  const { source, target } = move
  const from = await asOwner(source, readWhereabouts)
  if (from?.state === 'moved') return finish(move, from)
  const closed = closedBy(from)
  if (closed !== undefined) throw closed
  await asOwner(source, (session) => assertLedger(session, source))
  const to = await asOwner(target, (session) => assertFree(session, target, from))
  await migrateClosed(source.database)
  await migrateClosed(target.database)

  const id = to?.move ?? randomUUID()
  await asOwner(source, (session) => mark(session, source, note, ['leaving', id, target.name]))
  if (to === undefined) await asOwner(target, (session) => expect(session, move, id))
  const copied = await asOwner(source, async (session) => {
    const leaving = await leave(session, move, id)
    await mark(session, source, close, ['moved', id, target.name])
    return leaving
  })
  await open(move, id)
  return { outcome: 'moved', ...copied }
}

const note: Statement = { name: 'move.note', text: 'select sijil.note_whereabouts($1, $2, $3) as noted' }
const close: Statement = { name: 'move.close', text: 'select sijil.close_ledger($1, $2, $3) as noted' }
const openCopy: Statement = { name: 'move.open', text: 'select sijil.open_ledger($1, $2, $3)' }

const asOwner = <Result>({ database }: LedgerPlace, work: (session: Session) => Promise<Result>): Promise<Result> =>
  database.transaction({ role: 'owner' }, work)

const open = ({ source, target }: LedgerMove, id: string): Promise<unknown> =>
  asOwner(target, (session) => session.query(openCopy, [id, source.name, target.name]))

/** The source has its tombstone: what is left of its move is to open the copy. */
async function finish(move: LedgerMove, from: Whereabouts): Promise<MovedLedger> {
  const to = await asOwner(move.target, readWhereabouts)
  if (to?.move !== from.move) throw new LedgerRefused('LEDGER_MOVED', { other: from.other })
  if (to.state === 'arriving') await open(move, from.move)
  return { outcome: to.state === 'arriving' ? 'finished' : 'already there', tables: 0, rows: 0, findings: [] }
}

async function assertLedger(session: Session, place: LedgerPlace): Promise<void> {
  const [table] = await session.query<{ known: boolean }>(sql("select to_regclass('sijil.runs') is not null as known"))
  if (table?.known !== true) throw new LedgerRefused('NO_LEDGER', { place: place.name })
  await assertNobodyConnected(session, place)
  await assertNoLease(session, place)
}

/** Tables that every ledger fills by itself, or that are about this database alone. The clock is held by tests only. */
const OF_THIS_DATABASE = ['migrations', 'clock', 'whereabouts'] as const

/** What an earlier attempt of this very move has left in the target; undefined when it is empty. */
async function assertFree(
  session: Session,
  place: LedgerPlace,
  from: Whereabouts | undefined,
): Promise<Whereabouts | undefined> {
  const to = await readWhereabouts(session)
  if (to?.state === 'arriving') {
    if (to.move !== from?.move) throw new LedgerRefused('MOVE_TARGET_TAKEN', { place: place.name, other: to.other })
    return to
  }
  if (to?.state === 'moved')
    throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: place.name, what: `what was moved to ${to.other}` })
  await assertNobodyConnected(session, place)
  await assertEmpty(session, place)
  return undefined
}

async function assertEmpty(session: Session, place: LedgerPlace): Promise<void> {
  const [filled] = await filledOf(session, (await readShape(session, OF_THIS_DATABASE)).tables)
  if (filled !== undefined)
    throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: place.name, what: `rows in ${filled.name}` })
}

/** Closes the target before its first row. Under locks: what somebody had written since it was looked at would be taken for leftovers. */
async function expect(session: Session, { source, target }: LedgerMove, id: string): Promise<void> {
  await holdStill(session, target, (await readShape(session, [])).tables)
  const sameDatabase = (await readWhereabouts(session))?.move === id
  if (sameDatabase) throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: target.name, what: 'this very ledger' })
  await assertEmpty(session, target)
  await mark(session, target, close, ['arriving', id, source.name])
}

async function filledOf(session: Session, tables: Shape['tables']): Promise<Shape['tables']> {
  const filled: Shape['tables'][number][] = []
  for (const table of tables)
    if ((await session.query(sql(`select from ${tableName(table)} limit 1`))).length > 0) filled.push(table)
  return filled
}

type Copied = Pick<MovedLedger, 'tables' | 'rows' | 'findings'>

/** Everything up to the tombstone, while the source is held still by the session. */
async function leave(session: Session, move: LedgerMove, id: string): Promise<Copied> {
  const { source, target, onProgress = () => {} } = move
  await holdStill(session, source, (await readShape(session, [])).tables)
  await assertNobodyConnected(session, source)
  await assertNoLease(session, source)
  await assertStill(session, source, { move: id, state: 'leaving' })
  const shape = await readShape(session, OF_THIS_DATABASE)
  const digests: TableDigest[] = []
  let rows = 0
  for (const table of shape.tables) {
    const digest = await digestOf(session, table)
    digests.push(digest)
    rows += digest.rows
    onProgress({ doing: 'reading', rows })
  }
  await asOwner(target, (copy) => copyInto(copy, session, { move, id, shape, digests, rows }))
  await target.database.script(`analyze ${shape.tables.map(tableName).join(', ')}`)
  await move.takeAlong()
  onProgress({ doing: 'checking' })
  const findings = await move.check(target.database)
  if (findings.length > 0 && move.evenWithFindings !== true)
    throw new LedgerRefused('MOVE_FOUND_WRONG', { what: findings.slice(0, 3).map(told).join('; ') })
  return { tables: shape.tables.length, rows, findings }
}

const told = ({ code, subject }: Finding): string => `${code} (${subject})`

/** Not where another move has closed it meanwhile. */
async function mark(session: Session, place: LedgerPlace, statement: Statement, as: readonly string[]): Promise<void> {
  const [answer] = await session.query<{ readonly noted: boolean }>(statement, as)
  if (answer?.noted !== true) throw underWay(place)
}

const underWay = ({ name }: LedgerPlace) =>
  new LedgerRefused('LEDGER_IN_USE', { place: name, who: 'another move of it is under way' })

/** Another attempt may have gone further since this one looked. */
async function assertStill(
  session: Session,
  place: LedgerPlace,
  wanted: Pick<Whereabouts, 'move' | 'state'>,
): Promise<void> {
  const now = await readWhereabouts(session)
  if (now?.state !== wanted.state || now.move !== wanted.move) throw underWay(place)
}

interface Copying {
  readonly move: LedgerMove
  readonly id: string
  readonly shape: Shape
  readonly digests: readonly TableDigest[]
  readonly rows: number
}

async function copyInto(copy: Session, session: Session, { move, id, shape, digests, rows }: Copying): Promise<void> {
  const { target, onProgress = () => {} } = move
  const differs = (what: string) => new LedgerRefused('MOVE_COPY_DIFFERS', { place: target.name, what })
  await holdStill(copy, target, (await readShape(copy, [])).tables)
  await assertStill(copy, target, { move: id, state: 'arriving' })
  const { tables } = await readShape(copy, OF_THIS_DATABASE)
  if (JSON.stringify(tables) !== JSON.stringify(shape.tables)) throw differs('its tables')
  await forgetLeftovers(copy, tables)
  let done = 0
  for (const table of tables) {
    for await (const page of pagesOf(session, table)) {
      await insertPage(copy, table, page)
      done += page.length
      onProgress({ doing: 'copying', rows: done, of: rows })
    }
  }
  for (const sequence of shape.sequences) await setSequence(copy, sequence)
  const { sequences } = await readShape(copy, OF_THIS_DATABASE)
  if (JSON.stringify(sequences) !== JSON.stringify(shape.sequences)) throw differs('where its numbers stand')
  onProgress({ doing: 'comparing' })
  for (const [index, table] of tables.entries()) {
    const here = await digestOf(copy, table)
    if (JSON.stringify(here) !== JSON.stringify(digests[index])) throw differs(`table ${table.name}`)
  }
}

/** What an earlier attempt has copied. Nobody has ever opened it, and the source has lived on since. */
async function forgetLeftovers(copy: Session, tables: Shape['tables']): Promise<void> {
  if ((await filledOf(copy, tables)).length === 0) return
  for (const table of tables) await copy.query(sql(`alter table ${tableName(table)} disable trigger user`))
  await copy.query(sql(`truncate ${tables.map(tableName).join(', ')}`))
  for (const table of tables) await copy.query(sql(`alter table ${tableName(table)} enable trigger user`))
}
