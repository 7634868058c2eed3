import type { Database } from '../../ledger/database/database.ts'
import type { Side } from '../../ledger/requests/moves.ts'
import type { Definitions } from '../definitions.ts'
import type { LocalEngine } from '../local/local-engine.ts'

/** What commands are carried out with; composed once, where the process starts. */
export interface CommandParts {
  readonly database: Database
  readonly definitions: Definitions
  readonly engine: Pick<LocalEngine, 'start' | 'wake'>
  /** Where the workflow's class places its runs. */
  readonly engineOf: (workflow: string) => 'inline' | 'local' | 'temporal'
  /** `name@version` of what an engine can drive here; undefined where there is no such engine. */
  readonly loadableOn: (side: Side) => readonly string[] | undefined
  readonly seal: Seal
}

/**
 * Puts the sealed value in the place of every clear personal one. `otherwise`: whose they are when no field says so. `knownOnly`
 * (default false): gives nobody a key, and throws PERSON_UNKNOWN for whoever has none. Never called inside a transaction.
 */
export type Seal = <Value>(tenant: string, otherwise: string, value: Value, knownOnly?: boolean) => Promise<Value>
