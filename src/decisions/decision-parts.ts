import type { CommandParts } from '../engine/commands/command-parts.ts'
import type { Personal } from '../flow/personal.ts'

/** What tasks are read and decided with. */
export interface DecisionParts extends Pick<CommandParts, 'database' | 'definitions' | 'seal'> {
  readonly engine: Pick<CommandParts['engine'], 'wake'>
  /** A personal value in clear. Throws an error with the code PERSON_ERASED. Never called inside a transaction. */
  readonly open: (tenant: string, value: Personal) => Promise<unknown>
}
