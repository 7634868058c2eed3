import type { Database, Statement } from './database/database.ts'

/** A vendor's own word, by webhook, that the effect with our key happened. */
export interface SightingRow {
  readonly connector: string
  readonly account: string
  readonly reference: string
  readonly what: string
  readonly at: number
}

const ofKey: Statement = {
  name: 'sightings_of_key',
  text: 'select connector, account, reference, what, at_ms as at from sijil.sightings where tenant = $1 and effect_key = $2 order by at_ms',
}

/** What vendors have told about an effect so far. */
export const readSightings = (database: Database, tenant: string, effectKey: string): Promise<readonly SightingRow[]> =>
  database.engine.query<SightingRow>(ofKey, [tenant, effectKey])
