import type { Instant } from '../../flow/time.ts'
import type { Database, Statement } from '../database/database.ts'

const now: Statement = { name: 'reading.now', text: 'select sijil.now_ms() as now' }

/** What time it is by the ledger's clock. */
export async function readLedgerTime(database: Database): Promise<Instant> {
  const [row] = await database.engine.query<{ readonly now: Instant }>(now)
  if (row === undefined) throw new Error('the ledger did not say what time it is')
  return row.now
}
