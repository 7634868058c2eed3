import type { Instant } from '../flow/time.ts'

/**
 * The ledger's time as a process may use it: what the database said last, plus what has passed here since. The process
 * clock is never read. When a test holds the database's clock, nothing passes by itself.
 */
export class LedgerClock {
  #at: Instant = 0
  #heardAt = 0
  #held = true

  /**
   * What the database said, and when (by `performance.now()`) it was asked: it spoke at some moment since. An answer that is
   * late, because the process stood still or another overtook it, does not set the clock back.
   */
  hear(now: Instant, held: boolean, askedAt: number): void {
    const estimate = this.now()
    this.#held = held
    this.#heardAt = performance.now()
    const latest = now + (this.#heardAt - askedAt) + SLACK_MS
    this.#at = held ? now : Math.max(now, this.#at === 0 ? now : Math.min(estimate, latest))
  }

  now(): Instant {
    return this.#held ? this.#at : Math.floor(this.#at + performance.now() - this.#heardAt)
  }
}

/** How far an estimate may be ahead of the database before it is set back. */
const SLACK_MS = 50
