import type { AttemptOutcome } from '../ledger/webhook-delivery.ts'

/** Counts in memory, since the process started, how the attempts of outgoing webhooks ended. */
export class DeliveryMetrics {
  readonly #attempts = new Map<AttemptOutcome, number>()

  ended(outcome: AttemptOutcome): void {
    this.#attempts.set(outcome, (this.#attempts.get(outcome) ?? 0) + 1)
  }

  snapshot(): { readonly attempts: Readonly<Partial<Record<AttemptOutcome, number>>> } {
    return { attempts: Object.fromEntries(this.#attempts) }
  }
}
