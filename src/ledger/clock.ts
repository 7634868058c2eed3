import type { Instant } from '../flow/time.ts'

/**
 * The ledger's time as a process may use it: what the database said last, plus what has passed here since. The process
 * clock is never read. When a test holds the database's clock, nothing passes by itself.
 */
export class LedgerClock {
  #at: Instant = 0
  #heardAt = 0
  #held = true

  hear(now: Instant, held: boolean): void {
    // Answers may overtake each other; the clock does not go back.
    const estimate = this.now()
    this.#held = held
    this.#heardAt = performance.now()
    this.#at = held ? now : Math.max(now, this.#at === 0 ? now : Math.min(estimate, now + SLACK_MS))
  }

  now(): Instant {
    return this.#held ? this.#at : Math.floor(this.#at + performance.now() - this.#heardAt)
  }
}

/** How far an estimate may be ahead of the database before it is set back. */
const SLACK_MS = 50
