import type { Calendar } from '../../flow/time.ts'
import type { GroupCommit } from '../../ledger/group-commit.ts'
import type { Database } from '../../ledger/database/database.ts'
import { readKept } from '../../ledger/kept-records.ts'
import { type LoadedRun, type Mailbox, readMailbox } from '../../ledger/load-runs.ts'
import { readSightings } from '../../ledger/sightings.ts'
import type { AttemptParts } from './attempt.ts'

/** What every session of an engine is made with. */
export interface SessionParts extends AttemptParts {
  readonly groupCommit: GroupCommit
  /** The calendar of a tenant, as it is now: a deadline is counted once, when its wait opens. */
  readonly calendarOf: (tenant: string) => Promise<Calendar>
  /** `each`: a result is durable before the next step starts. `travelling`: results without outside effect go with the next barrier. */
  readonly durability: 'each' | 'travelling'
  readMailbox(run: LoadedRun): Promise<Mailbox>
  /** A session that is not unloaded has something to do at this time. */
  arm(due: number): void
}

/** What sessions read while they are at work. */
export const readsOf = (database: Database): Pick<SessionParts, 'sightings' | 'readKept' | 'readMailbox'> => ({
  sightings: (tenant, key) => readSightings(database, tenant, key),
  readKept: (tenant, record, id) => readKept(database, tenant, record, id),
  readMailbox: ({ tenant, id }) => readMailbox(database, tenant, id),
})
