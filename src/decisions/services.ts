import { effectKey } from '../engine/run/attempt.ts'
import type { StepScope } from '../engine/services.ts'
import { after, type Duration } from '../flow/time.ts'
import type { Database } from '../ledger/database/database.ts'
import { readLedgerTime } from '../ledger/reading/ledger-time.ts'
import { calendarOf } from './calendar.ts'
import type { Links } from './links.ts'

export interface AnswerRequest {
  /** The signal of this run that the answer becomes. */
  readonly signal: string
  /** What the person cannot change: merged over what they fill in. */
  readonly fixed: Readonly<Record<string, string | number>>
  readonly within: Duration
  readonly language: 'ar' | 'en'
}

export interface LinkService {
  /**
   * The address of a page on which a person without an account answers this run, once. It expires, and nobody can make another
   * answer of it. All links that one step makes are used up together.
   */
  answer(request: AnswerRequest): Promise<string>
}

declare module '../flow/effect.ts' {
  interface Services {
    readonly links: LinkService
  }
}

export interface LinkServiceParts {
  readonly links: Links
  readonly database: Database
}

/** Links as one attempt of one step may make them. */
export const linkService = (
  { links, database }: LinkServiceParts,
  { tenant, run, key }: Pick<StepScope, 'tenant' | 'run' | 'key'>,
): LinkService => ({
  async answer({ signal, fixed, within, language }) {
    const now = await readLedgerTime(database)
    const expiresAt = Math.floor(after(now, within, await calendarOf(database, tenant)))
    return links.url({ kind: 'answer', tenant, run, signal, fixed, language, expiresAt, id: effectKey(run, key, 1) })
  },
})
