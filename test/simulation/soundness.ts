/** What must hold of a simulated tenant once everything has come to rest, beyond the rules that every ledger is verified by. */
import type { Database, Statement } from '../../src/ledger/database/database.ts'
import type { Promised } from './people.ts'
import { harmless, undoneBy } from './shape.ts'
import type { Act } from './vendors.ts'

export interface Started {
  /** Of the request. */
  readonly number: number
  readonly id: string
}
interface Judged {
  readonly ledger: Database
  readonly tenant: string
  readonly started: readonly Started[]
  readonly acts: readonly Act[]
}

const ask = <Row extends object>({ ledger, tenant }: Judged, statement: Statement): Promise<readonly Row[]> =>
  ledger.transaction({ role: 'owner' }, (session) => session.query<Row>(statement, [tenant]))

interface RunRow {
  readonly id: string
  readonly status: string
  readonly outcome: string | null
  readonly undo: string | null
  readonly code: string | null
  readonly why: string | null
}
const runs: Statement = {
  name: 'simulation.runs',
  text: 'select id, status, outcome, undo, stuck_code as code, why from sijil.runs where tenant = $1 order by id',
}

/** `<run>/<key>` of what was done, without its generation. */
const withoutGeneration = (key: string): string => key.replace(/~\d+$/, '')
const stepOf = (key: string): string => /([a-z]+)(?:#\d+)?$/.exec(withoutGeneration(key))?.[1] ?? ''
const runOf = (key: string): string => key.slice(0, key.indexOf('/'))
const undoOf = (key: string): string => key.replace('/', '/undo ')

/** The vendors' books against what the runs say: nothing twice, and nothing left that should have been taken back. */
export async function wrongActs(judged: Judged): Promise<readonly string[]> {
  const { acts } = judged
  const keys = acts.map(({ key }) => withoutGeneration(key))
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index && !harmless.includes(stepOf(key)))
  const rows = await ask<RunRow>(judged, runs)
  const compensated = new Set(rows.filter(({ undo }) => undo === 'compensated').map(({ id }) => id))
  const untaken = keys.filter(
    (key) =>
      compensated.has(runOf(key)) &&
      !key.includes('/undo ') &&
      undoneBy[stepOf(key)] !== undefined &&
      !keys.includes(undoOf(key)),
  )
  const baseless = keys.filter((key) => key.includes('/undo ') && !keys.includes(key.replace('/undo ', '/')))
  const known = new Set(rows.map(({ id }) => id))
  return [
    ...twice.map((key) => `${key} happened twice`),
    ...untaken.map((key) => `${key} happened and was not taken back, although its run says so`),
    ...baseless.map((key) => `${key} took back what never happened`),
    ...keys.filter((key) => !known.has(runOf(key))).map((key) => `${key} belongs to no run`),
  ]
}

/** Reasons for which a run may be left to people. */
const acceptable = new Set(['STEP_FAILED', 'UNDO_PARKED', 'AFTER_PIVOT'])

const left: Statement = {
  name: 'simulation.left',
  text: `select r.id || ' has ended and has an open ' || x.what as problem from sijil.runs r
      cross join lateral (
        select 'wait ' || key as what from sijil.waits where tenant = r.tenant and run = r.id
        union all select 'task ' || key from sijil.tasks where tenant = r.tenant and run = r.id and state = 'open' and kind = 'gate'
        -- What nothing takes back may stay in doubt: once its run has ended nobody asks about it any more.
        union all select 'effect ' || key || ' (' || state || ')' from sijil.effects
          where tenant = r.tenant and run = r.id and state in ('started', 'in_doubt', 'parked') and r.undo <> 'skipped' and (undoable or of is not null)) x
      where r.tenant = $1 and r.status = 'ended'
    union all select c.run || '/' || c.key || ' is on record and took ' || count(s.id) || ' signals' from sijil.records c
      left join sijil.signals s on s.tenant = c.tenant and s.run = c.run and s.consumed_by = c.key
        and s.kind = case c.kind when 'signal' then 'signal' else 'decision' end
        and (c.kind = 'gate' or s.payload::jsonb = c.value::jsonb)
      where c.tenant = $1 and c.kind in ('signal', 'gate') and c.outcome <> 'expired' group by c.run, c.key having count(s.id) <> 1`,
}

/** Every run has ended or is stuck for a reason that people can mend, and what has ended has nothing open. */
export async function unsoundRuns(judged: Judged): Promise<readonly string[]> {
  const rows = await ask<RunRow>(judged, runs)
  const restless = rows
    .filter(({ status, code }) => status !== 'ended' && !(status === 'stuck' && acceptable.has(code ?? '')))
    .map(({ id, status, code, why }) => `${id} is ${status}${code === null ? '' : ` (${code}: ${why})`}`)
  const lost = judged.started
    .filter(({ id }) => !rows.some((row) => row.id === id))
    .map(({ number, id }) => `${id}, with which request ${number} was answered, is not in the ledger`)
  const open = await ask<{ readonly problem: string }>(judged, left)
  return [...restless, ...lost, ...open.map(({ problem }) => problem)]
}

const kept: Statement = {
  name: 'simulation.kept',
  text: `select 'signal' as what, id, 'partner' as person from sijil.signals where tenant = $1 and kind = 'signal'
    union all select 'decision', task::text, person from sijil.decisions where tenant = $1`,
}

/** What was acknowledged is there. */
export async function brokenPromises(judged: Judged, promised: readonly Promised[]): Promise<readonly string[]> {
  const rows = await ask<Pick<Promised, 'what' | 'id' | 'person'>>(judged, kept)
  const there = new Set(rows.map(({ what, id, person }) => `${what} ${id} of ${person}`))
  return promised
    .map(({ what, id, person }) => `${what} ${id} of ${person}`)
    .filter((promise) => !there.has(promise))
    .map((promise) => `the ${promise} was acknowledged and is not in the ledger`)
}
