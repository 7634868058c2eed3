import type { Calendar } from '../flow/time.ts'
import type { Database } from '../ledger/database/database.ts'
import type { Definitions } from './definitions.ts'
import type { OpenServices } from './services.ts'
import type { HoldsBack, OpenSystems } from './systems.ts'

/** What every engine is started with, wherever it runs its flows. */
export interface EngineSettings {
  readonly database: Database
  readonly definitions: Definitions
  readonly openSystems: OpenSystems
  /** Default: nothing is held back beforehand. */
  readonly holdsBack?: HoldsBack | undefined
  readonly openServices: OpenServices
  /** The calendar of a tenant, as it is now. Read when a deadline is counted. */
  readonly calendarOf: (tenant: string) => Promise<Calendar>
  /** Names this process in leases and audit rows. */
  readonly worker: string
  readonly onTrouble?: (error: unknown) => void
}
