import { BrokenCircuitError, bulkhead, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import { EffectHeldBack } from '../../flow/failure.ts'
import { isVendorDown } from '../vendor-down.ts'
import type { CallLimits } from './call-limits.ts'

export type Circuit = 'closed' | 'open' | 'half-open'

/** How long the others leave to the one call that tries whether the vendor is back. */
const TRIED_MS = 2_000

/**
 * Keeps a vendor that is down, or slow, from taking the process with it: after so many failures in a row nothing is begun for a
 * while, and only so many calls are under way at a time. One for each account.
 */
export class VendorGuard {
  readonly #limits: CallLimits
  readonly #name: string
  readonly #places: ReturnType<typeof bulkhead>
  readonly #circuit: ReturnType<typeof circuitBreaker>
  #openedAt = 0
  #isTrying = false

  constructor(name: string, limits: CallLimits) {
    this.#name = name
    this.#limits = limits
    this.#places = bulkhead(limits.inFlight)
    this.#circuit = circuitBreaker(handleAll, {
      halfOpenAfter: limits.breakMs,
      breaker: new ConsecutiveBreaker(limits.breakAfter),
    })
    this.#circuit.onBreak(() => {
      this.#openedAt = performance.now()
    })
  }

  get circuit(): Circuit {
    if (this.#circuit.state === CircuitState.Open) return 'open'
    return this.#circuit.state === CircuitState.HalfOpen ? 'half-open' : 'closed'
  }

  /** What to throw, as long as nothing may be begun because the vendor is down. */
  heldBack(): EffectHeldBack | undefined {
    if (this.circuit === 'closed') return undefined
    const leftMs = this.#openedAt + this.#limits.breakMs - performance.now()
    if (this.circuit === 'open' && leftMs > 0) return this.#down(leftMs)
    return this.#isTrying ? this.#down(TRIED_MS) : undefined
  }

  get hasPlace(): boolean {
    return this.#places.executionSlots > 0
  }

  /** Takes a place at once; throws when none is free. */
  inPlace<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return this.#places.execute(work)
  }

  /** Makes a call and minds how it went. Throws `EffectHeldBack` while the vendor is down. */
  async watched<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const held = this.heldBack()
    if (held !== undefined) throw held
    const isTry = this.circuit !== 'closed'
    if (isTry) this.#isTrying = true
    try {
      const came = await this.#circuit.execute(() => outcomeOf(work))
      if (came.kind === 'answered') return came.answer
      throw came.error
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.#down(this.#limits.breakMs) : error
    } finally {
      if (isTry) this.#isTrying = false
    }
  }

  #down(retryAfterMs: number): EffectHeldBack {
    const what = `${this.#name} has failed ${this.#limits.breakAfter} times in a row. Nothing was sent; one call tries it in a while.`
    return new EffectHeldBack('CIRCUIT_OPEN', what, Math.ceil(retryAfterMs))
  }
}

/** A refusal or a limit is an answer: the vendor is there. */
async function outcomeOf<Answer>(work: () => Promise<Answer>) {
  try {
    return { kind: 'answered' as const, answer: await work() }
  } catch (error) {
    if (isVendorDown(error)) throw error
    return { kind: 'failed' as const, error }
  }
}
