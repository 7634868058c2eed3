/** What a measurement looks up beside the measured: never while something is timed alone. */
import type { Database, Param, Statement } from '../../src/ledger/database/database.ts'
import { parseTenantId, type TenantId } from '../../src/ledger/ids.ts'
import type { StartedHere } from './world.ts'

const all = <Row extends object>(
  database: Database,
  text: string,
  params: readonly Param[] = [],
): Promise<readonly Row[]> =>
  database.transaction({ role: 'owner' }, (session) => session.query<Row>({ name: '', text }, params))

export interface OpenTask extends StartedHere {
  readonly id: string
  readonly digest: string
}

export async function openTasks(database: Database): Promise<readonly OpenTask[]> {
  const rows = await all<{ tenant: string; run: string; id: string; digest: string }>(
    database,
    `select tenant, run, id, digest from sijil.tasks where state = 'open' order by run`,
  )
  return rows.map((row) => ({ ...row, tenant: parseTenantId(row.tenant) }))
}

/** Some of the runs that wait, spread over all of them. */
export async function someWaiting(database: Database, wanted: number): Promise<readonly StartedHere[]> {
  const rows = await all<{ tenant: TenantId; run: string }>(
    database,
    `select tenant, id as run from sijil.runs where status = 'waiting' order by md5(id::text) limit $1`,
    [wanted],
  )
  return rows.map((row) => ({ ...row, tenant: parseTenantId(row.tenant) }))
}

/** Where these runs stand. */
export const statusesOf = (
  database: Database,
  runs: readonly string[],
): Promise<readonly { readonly run: string; readonly status: string }[]> =>
  all(database, 'select id as run, status from sijil.runs where id = any ($1::uuid[])', [runs])

export async function countWaiting(database: Database): Promise<number> {
  const [row] = await all<{ runs: number }>(
    database,
    "select count(*) as runs from sijil.runs where status = 'waiting'",
  )
  return row?.runs ?? 0
}

export async function countRuns(database: Database): Promise<number> {
  const [row] = await all<{ runs: number }>(database, 'select count(*) as runs from sijil.runs')
  return row?.runs ?? 0
}

export type Asked =
  | {
      readonly kind: 'task'
      readonly run: string
      readonly key: string
      readonly name: string
      readonly id: string
      readonly digest: string
    }
  | {
      readonly kind: 'signal'
      readonly run: string
      readonly key: string
      readonly name: string
      readonly envelope: string
    }

interface Alive {
  readonly kind: 'alive'
  readonly run: string
}

const askedOf: Statement = {
  name: 'bench.asked',
  text: `select 'task' as kind, t.run, t.key, t.gate as name, t.id::text as id, t.digest, null as envelope
      from sijil.tasks t where t.tenant = $1 and t.state = 'open'
    union all
    select 'signal', w.run, w.key, w.name, null, null, (select r.value::jsonb ->> 'envelopeId' from sijil.records r
        where r.tenant = w.tenant and r.run = w.run and r.name = 'sendEnvelope')
      from sijil.waits w where w.tenant = $1 and w.kind = 'signal'
    union all
    select 'alive', id, null, null, null, null, null from sijil.runs where tenant = $1 and status <> 'ended'`,
}

/** Which runs of a tenant have not ended, and what they ask of people now: one statement, as it is asked while others are timed. */
export async function asked(
  { engine }: Database,
  tenant: TenantId,
): Promise<{ readonly alive: readonly string[]; readonly open: readonly Asked[] }> {
  const rows = await engine.query<Asked | Alive>(askedOf, [tenant])
  return {
    alive: rows.filter(({ kind }) => kind === 'alive').map(({ run }) => run),
    open: rows.filter((row) => row.kind !== 'alive'),
  }
}

export async function outcomeOf(database: Database, run: string): Promise<string> {
  const text = `select coalesce(outcome, status) as outcome from sijil.runs where id = $1::uuid`
  const [row] = await all<{ outcome: string }>(database, text, [run])
  return row?.outcome ?? 'unknown'
}
