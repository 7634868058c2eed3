import type { Instant } from '../../flow/time.ts'
import type { LedgerClock } from '../../ledger/clock.ts'
import type { Activity } from './activity.ts'

/** Later than any clock. */
export const NEVER: Instant = Number.MAX_SAFE_INTEGER

interface Alarm {
  readonly at: Instant
  readonly key: string
  readonly ring: () => void
}

/** What the effects of a session wait for between attempts: a time, or (at NEVER) whatever comes. */
export class Alarms {
  readonly #clock: LedgerClock
  readonly #activity: Activity
  readonly #set = new Set<Alarm>()

  constructor(clock: LedgerClock, activity: Activity) {
    this.#clock = clock
    this.#activity = activity
  }

  get areSet(): boolean {
    return this.#set.size > 0
  }

  get next(): Instant {
    let next = NEVER
    for (const { at } of this.#set) next = Math.min(next, at)
    return next
  }

  /** Comes back at that time, or before it when the key's alarms are rung. */
  async until(at: Instant, key: string): Promise<void> {
    if (this.#clock.now() >= at) return
    const rung = new Promise<void>((resolve) => {
      const alarm: Alarm = {
        at,
        key,
        ring: () => {
          this.#set.delete(alarm)
          resolve()
        },
      }
      this.#set.add(alarm)
    })
    await this.#activity.pause(rung)
  }

  ringDue(): void {
    const now = this.#clock.now()
    this.#ring(({ at }) => at <= now)
  }

  /** Something came: those who wait for nothing else look at it. */
  ringForNews(): void {
    this.#ring(({ at }) => at === NEVER)
  }

  ringFor(key: string): void {
    this.#ring((alarm) => alarm.key === key)
  }

  #ring(which: (alarm: Alarm) => boolean): void {
    for (const alarm of this.#set) if (which(alarm)) alarm.ring()
  }
}
