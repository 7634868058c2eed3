/** How long what the ledger said of its time is used: two clocks drift apart. */
const FRESH_MS = 30_000

/**
 * Between which two moments the ledger's clock stands, told by a clock of this process that is never set. What the ledger said was
 * so at some moment between the question and the answer; several answers together say it more closely.
 */
export class LedgerMoment {
  #least = 0
  #most = 0
  #heardAt = -Infinity

  /** `now` is cut to whole milliseconds, so the moment itself may be almost one later. */
  hear(now: number, askedAt: number, answeredAt: number): void {
    const least = now - answeredAt
    const most = now + 1 - askedAt
    const isFresh = answeredAt - this.#heardAt < FRESH_MS
    // The ledger's clock was set when the two do not meet.
    const agrees = isFresh && least <= this.#most && most >= this.#least
    this.#least = agrees ? Math.max(this.#least, least) : least
    this.#most = agrees ? Math.min(this.#most, most) : most
    if (!agrees) this.#heardAt = answeredAt
  }

  /** From when on the ledger's clock has certainly come to this. */
  reached(instant: number): number {
    return instant - this.#least
  }

  /** Until when the ledger's clock is certainly not past this. */
  notPast(instant: number): number {
    return instant - this.#most
  }
}
