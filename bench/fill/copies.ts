/**
 * Fills a ledger faster than an engine could: copies of runs that the engine wrote, under new time-ordered ids, with all that
 * hangs on them (records, waits, effects, tasks, audit rows and their leaves), made by the database itself. Whatever columns a
 * table has are copied, so that a copy is as large as what it was copied from. What is not as the engine writes it: the
 * leaves hold other hashes than those of their rows, and the subject of an audit row names the run it was copied from.
 */
import { randomBytes } from 'node:crypto'
import { loadSigningKey } from '../../src/trust/signing-key.ts'
import { byteaArray, int8Array, textArray, uuidArray } from '../../src/ledger/database/binary-array.ts'
import type { Database, Session } from '../../src/ledger/database/database.ts'
import { encodeFrontier, hashBytes, rootOf } from '../../src/ledger/tree/merkle.ts'
import { signHead } from '../../src/ledger/tree/tree-head.ts'
import { addHeads, noteSealing } from '../../src/ledger/tree/tree-statements.ts'
import type { Place } from '../world/place.ts'
import type { StartedHere } from '../world/world.ts'

/** Runs of one transaction. */
const SLICE = 10_000
/** What hangs on a run, after the run itself. */
const HANGING = ['records', 'effects', 'waits', 'tasks', 'audit'] as const

export interface Filling {
  readonly originals: readonly StartedHere[]
  readonly copies: number
  /** How many were made before: no two may have one id. */
  readonly after: number
  readonly onSlice?: (done: number) => void
}

/** Nobody may drive or seal this ledger meanwhile, and every audit row in it must have its leaf. */
export async function fill(
  database: Database,
  place: Place,
  { originals, copies, after, onSlice }: Filling,
): Promise<void> {
  const columns = await columnsOf(database)
  const last = after + copies
  for (let from = after; from < last; from += SLICE) {
    const to = Math.min(last, from + SLICE)
    await database.transaction({ role: 'owner' }, (session) => copySlice(session, columns, { originals, from, to }))
    onSlice?.(to - after)
  }
  await sealAsTheyAre(database, place)
  await settle(database)
}

interface Column {
  readonly table: string
  readonly column: string
}

/** Of every table the columns that are written, in their order. */
async function columnsOf(database: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = `select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'sijil' and is_identity = 'NO' and is_generated = 'NEVER' order by table_name, ordinal_position`
  const rows = await database.transaction({ role: 'owner' }, (session) => session.query<Column>({ name: '', text }))
  return new Map(
    [...Map.groupBy(rows, ({ table }) => table)].map(([table, of]) => [table, of.map(({ column }) => column)]),
  )
}

/** As a time-ordered id of a month ago, one a millisecond: its place in every index is where it would be. */
const copyId = (i: string): string =>
  `(lpad(to_hex((extract(epoch from current_date) * 1000)::bigint - 2592000000 + ${i}), 12, '0') || '7' || substr(md5(${i}::text), 1, 3) || '8' || substr(md5(${i}::text), 4, 15))::uuid`

async function copySlice(
  session: Session,
  columns: ReadonlyMap<string, readonly string[]>,
  { originals, from, to }: { readonly originals: readonly StartedHere[]; readonly from: number; readonly to: number },
): Promise<void> {
  // Neither foreign keys nor triggers: the rows fit each other as those they are copied from do.
  await session.query({ name: '', text: 'set local session_replication_role = replica' })
  const [head] = await session.query<{ last: number }>(
    {
      name: '',
      text: 'select coalesce(max(last), 0) as last from unnest($1::text[]) t (tenant), lateral (select max(id) as last from sijil.audit a where a.tenant = t.tenant) a',
    },
    [textArray(originals.map(({ tenant }) => tenant))],
  )
  const of = `from generate_series($3::bigint, $4::bigint) i
    join unnest($1::text[], $2::uuid[]) with ordinality o (tenant, id, place) on o.place = i % ${originals.length} + 1`
  const params = [
    textArray(originals.map(({ tenant }) => tenant)),
    uuidArray(originals.map(({ run }) => run)),
    from,
    to - 1,
  ]
  for (const table of ['runs', ...HANGING]) {
    const names = columns.get(table) ?? []
    const key = table === 'runs' ? 'id' : 'run'
    const values = names.map((name) => {
      if (name === key) return copyId('i')
      return name === 'id' ? 'gen_random_uuid()' : `x.${name}`
    })
    const text = `insert into sijil.${table} (${names.join(', ')}) select ${values.join(', ')} ${of}
      join sijil.${table} x on x.tenant = o.tenant and x.${key} = o.id order by i`
    await session.query({ name: '', text }, params)
  }
  const leaves = `insert into sijil.tree_leaves (tenant, first, count, audits, hashes)
    select o.tenant, t.size, count(*), array_agg(a.id order by a.id), string_agg(sha256(int8send(a.id)), ''::bytea order by a.id)
    from (select distinct o.tenant from unnest($1::text[]) o (tenant)) o
    cross join lateral (select coalesce(max(l.first + l.count), 0) as size from sijil.tree_leaves l where l.tenant = o.tenant) t
    join sijil.audit a on a.tenant = o.tenant and a.id > $2::bigint
    group by o.tenant, t.size`
  await session.query({ name: '', text: leaves }, [params[0] ?? '', head?.last ?? 0])
}

/** Signs a head over trees of just this size, so that the sealer goes on from there. */
async function sealAsTheyAre(database: Database, { keysDir }: Place): Promise<void> {
  const signer = await loadSigningKey(keysDir)
  await database.transaction({ role: 'owner' }, async (session) => {
    const text = `select tenant, max(first + count) as size, max(audits[count]) as last, sijil.now_ms() as now from sijil.tree_leaves group by tenant`
    const trees = await session.query<{ tenant: string; size: number; last: number; now: number }>({ name: '', text })
    const heads = trees.map(({ tenant, size, now }) => {
      const frontier = { size, roots: Array.from({ length: onesIn(size) }, () => randomBytes(hashBytes)) }
      const head = signHead(signer, { tenant, size, root: rootOf(frontier), at: now })
      return { ...head, frontier: encodeFrontier(frontier) }
    })
    for (const { tenant, size, root, frontier, at, signer: by, signature } of heads) {
      await session.query(addHeads, [
        textArray([tenant]),
        int8Array([size]),
        byteaArray([root]),
        byteaArray([frontier]),
        int8Array([at]),
        textArray([by]),
        byteaArray([signature]),
      ])
    }
    const lasts = int8Array(trees.map(({ last }) => last))
    const sizes = int8Array(trees.map(({ size }) => size))
    const tenants = textArray(trees.map(({ tenant }) => tenant))
    await session.query(noteSealing, [tenants, lasts, sizes, lasts, sizes, int8Array(trees.map(() => 0))])
  })
}

const onesIn = (size: number): number => size.toString(2).replaceAll('0', '').length

/** What a server's autovacuum would have done by now, so that it does not begin in the middle of a measurement. */
async function settle(database: Database): Promise<void> {
  for (const table of ['runs', ...HANGING, 'tree_leaves', 'tree_heads', 'sealing']) {
    await database.script(`vacuum (analyze) sijil.${table}`)
  }
  await database.script('checkpoint')
}
