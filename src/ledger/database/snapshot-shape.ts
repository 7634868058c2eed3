import { z } from 'zod'
import type { Session } from './database.ts'

/** What the schema `sijil` looks like to a snapshot: its tables, those they refer to first, and where its sequences stand. */
const Table = z.object({
  name: z.string(),
  /**
   * In the table's order. Generated columns are left out: they follow from the others. So are ids of transactions, which say nothing in
   * another database: they are null in the copy.
   */
  columns: z.array(z.object({ name: z.string(), type: z.string() })).readonly(),
})
const Sequence = z.object({
  name: z.string(),
  /** As text: it may be more than a number holds. */
  lastValue: z.string(),
  isCalled: z.boolean(),
})
export const Shape = z.object({ tables: z.array(Table).readonly(), sequences: z.array(Sequence).readonly() })

export type Table = Readonly<z.infer<typeof Table>>
export type Sequence = Readonly<z.infer<typeof Sequence>>
export type Shape = Readonly<z.infer<typeof Shape>>

export const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
const inSchema = (name: string): string => `sijil.${quoted(name)}`
export const tableName = ({ name }: Table): string => inSchema(name)

export async function readShape(session: Session, except: readonly string[]): Promise<Shape> {
  const tables = (await session.query<Table>(tablesStatement)).filter((table) => !except.includes(table.name))
  const references = await session.query<Reference>(referencesStatement)
  const names = await session.query<{ name: string }>(sequencesStatement)
  const sequences: Sequence[] = []
  for (const { name } of names) {
    const text = `select last_value::text as "lastValue", is_called as "isCalled" from ${inSchema(name)}`
    const [state] = await session.query<Omit<Sequence, 'name'>>({ name: '', text })
    if (state !== undefined) sequences.push({ name, ...state })
  }
  return { tables: referredFirst(tables, references), sequences }
}

/** Not undone when the transaction is rolled back. */
export async function setSequence(session: Session, { name, lastValue, isCalled }: Sequence): Promise<void> {
  await session.query({ name: '', text: 'select setval($1::regclass, $2::bigint, $3::boolean)' }, [
    inSchema(name),
    lastValue,
    isCalled,
  ])
}

interface Reference {
  readonly from: string
  readonly to: string
}

/** Where tables refer to each other in a circle, by name. */
function referredFirst(tables: readonly Table[], references: readonly Reference[]): readonly Table[] {
  const ordered: Table[] = []
  const visited = new Set<string>()
  const visit = (table: Table): void => {
    if (visited.has(table.name)) return
    visited.add(table.name)
    const needed = new Set(references.filter(({ from }) => from === table.name).map(({ to }) => to))
    for (const other of tables) if (needed.has(other.name)) visit(other)
    ordered.push(table)
  }
  for (const table of tables) visit(table)
  return ordered
}

/** A partition's rows are read and written through its parent. */
const tablesStatement = {
  name: 'snapshot-tables',
  text: `
    select c.relname::text as name,
           json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
             as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and a.atttypid <> 'xid8'::regtype
     where c.relnamespace = to_regnamespace('sijil') and c.relkind in ('r', 'p') and not c.relispartition
     group by c.relname
     order by c.relname`,
}

const referencesStatement = {
  name: 'snapshot-references',
  text: `
    select child.relname::text as "from", parent.relname::text as "to"
      from pg_constraint k
      join pg_class child on child.oid = k.conrelid
      join pg_class parent on parent.oid = k.confrelid
     where k.contype = 'f' and child.relnamespace = to_regnamespace('sijil')
     order by 1, 2`,
}

const sequencesStatement = {
  name: 'snapshot-sequences',
  text: `select relname::text as name from pg_class
          where relnamespace = to_regnamespace('sijil') and relkind = 'S' order by relname`,
}
