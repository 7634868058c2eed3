import type { Session } from '../database/database.ts'
import { lineOf, sql } from '../database/row-pages.ts'
import { type Table, tableName } from '../database/snapshot-shape.ts'

export interface TableDigest {
  readonly table: string
  readonly rows: number
  /** The same for the same rows in whatever order: the SHA-256 of every row, as four numbers, each summed over all rows. */
  readonly digest: string
}

const PARTS = [1, 17, 33, 49].map((at) => `coalesce(sum(('x' || substr(hash, ${at}, 16))::bit(64)::bigint), 0)`)

/** Computed where the rows are. One table after another; memory does not grow with them. */
export async function digestOf(session: Session, table: Table): Promise<TableDigest> {
  const text = `select count(*) as rows, concat_ws('.', ${PARTS.join(', ')}) as digest
    from (select encode(sha256(convert_to(${lineOf(table)}, 'UTF8')), 'hex') as hash from ${tableName(table)}) hashed`
  const [row] = await session.query<Omit<TableDigest, 'table'>>(sql(text))
  if (row === undefined) throw new Error('a digest is always one row')
  return { table: table.name, ...row }
}
