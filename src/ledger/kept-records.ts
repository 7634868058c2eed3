import type { Database, Statement } from './database/database.ts'

const one: Statement = {
  name: 'kept_record',
  text: 'select body from sijil.kept_records where tenant = $1 and record = $2 and id = $3',
}

/** What a step has kept under this id; undefined when there is nothing. */
export async function readKept(database: Database, tenant: string, record: string, id: string): Promise<unknown> {
  const [row] = await database.engine.query<{ body: string }>(one, [tenant, record, id])
  return row === undefined ? undefined : JSON.parse(row.body)
}
