import type { Instant } from '../flow/time.ts'
import type { Database, Statement } from './database/database.ts'

const hold: Statement = {
  name: 'hold_clock',
  text: 'insert into sijil.clock (at_ms) values ($1) on conflict (held) do update set at_ms = excluded.at_ms',
}

/** Stops the ledger's clock at an instant, for tests: from now on time passes only by calling this again. */
export async function holdClock(database: Database, at: Instant): Promise<void> {
  await database.transaction({ role: 'owner' }, (session) => session.query(hold, [at]))
}
