import type { Database } from '../ledger/database/database.ts'
import { lookRepeatedly } from '../ledger/repeated-look.ts'
import { removeEndedMessages } from '../ledger/webhook-log.ts'

export interface RetentionSettings {
  readonly database: Database
  /** How long a message stays in the log after it was delivered, given up or withdrawn. */
  readonly keepMs: number
  readonly onTrouble: (error: unknown) => void
  /** Pause between two looks. Default 30 000; null: only when `removeNow` is called. */
  readonly everyMs?: number | null
  /** How many messages one statement removes at most. Default 200. */
  readonly portion?: number
}

export interface Retention {
  /** Removes what is too old, in portions; the rest of very much at the next look. */
  removeNow(): Promise<void>
  /** Ends after the portion that is under way. */
  stop(): Promise<void>
}

const EVERY_MS = 30_000
const PORTION = 200
const PORTIONS_A_LOOK = 50

/** Takes old messages out of the log until it is stopped. Several processes may do so on one ledger. */
export function startRetention(settings: RetentionSettings): Retention {
  const { database, keepMs, onTrouble, everyMs = EVERY_MS, portion = PORTION } = settings
  const removeNow = async (): Promise<void> => {
    for (let portions = 0; portions < PORTIONS_A_LOOK && !looks.isStopped; portions += 1)
      if ((await removeEndedMessages(database, keepMs, portion)) < portion) return
  }
  const looks = lookRepeatedly(removeNow, { everyMs, onTrouble })
  return { removeNow, stop: () => looks.stop() }
}
