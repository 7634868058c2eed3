/**
 * Rows of any table, a page at a time, from whichever database and into whichever. A row is a line of JSON: its values in Postgres' own
 * text form, which their type reads back exactly.
 */
import type { Session, Statement } from './database.ts'
import { quoted, type Table, tableName } from './snapshot-shape.ts'

export const PAGE_BYTES_AIM = 1_000_000
export const PAGE_ROWS_MAX = 5_000

/** Unnamed: prepared for one use. */
export function sql(text: string): Statement {
  return { name: '', text }
}

/** A row as its line. */
export const lineOf = (table: Table): string =>
  `to_json(array[${table.columns.map((column) => `${quoted(column.name)}::text`).join(', ')}]::text[])::text`

/** A cursor inside the transaction; a page has as many rows as filled about a megabyte the last time. */
export async function* pagesOf(session: Session, table: Table): AsyncGenerator<readonly string[]> {
  await session.query(sql(`declare page no scroll cursor for select ${lineOf(table)} as row from ${tableName(table)}`))
  for (let limit = 100; ; ) {
    const rows = await session.query<{ row: string }>(sql(`fetch ${limit} from page`))
    if (rows.length === 0) break
    yield rows.map(({ row }) => row)
    const bytes = rows.reduce((sum, { row }) => sum + row.length, 0)
    limit = Math.min(PAGE_ROWS_MAX, Math.max(1, Math.floor((PAGE_BYTES_AIM * rows.length) / bytes)))
  }
  await session.query(sql('close page'))
}

/** As jsonb, which is parsed once and not once for each column: a third faster. Its values are all text, so nothing is rounded. */
export async function insertPage(session: Session, table: Table, lines: readonly string[]): Promise<void> {
  const names = table.columns.map((column) => quoted(column.name)).join(', ')
  const values = table.columns.map((column, index) => `(row ->> ${index})::${column.type}`).join(', ')
  const insert = `insert into ${tableName(table)} (${names}) overriding system value
      select ${values} from jsonb_array_elements($1::jsonb) with ordinality as line(row, place) order by place`
  await session.query(sql(insert), [`[${lines.join(',')}]`])
}
