import { AttemptTimedOut } from './answer-of.ts'
import type { Timeouts } from './timeouts.ts'

export interface AttemptTimeOf {
  readonly name: string
  readonly ms: number
  readonly timeouts: Timeouts
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal
}

/** The time that one attempt has. Its abort signal costs more than a short step, so it is made when somebody asks for it. */
export class AttemptTime {
  readonly #of: AttemptTimeOf
  #over: AttemptTimedOut | undefined
  #controller: AbortController | undefined
  #signal: AbortSignal | undefined

  constructor(of: AttemptTimeOf) {
    this.#of = of
  }

  /** Aborts when the time is over or the process stops. */
  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal
    this.#controller = new AbortController()
    if (this.#over !== undefined) this.#controller.abort(this.#over)
    this.#signal = AbortSignal.any([this.#controller.signal, this.#of.stopping])
    return this.#signal
  }

  /** What the work comes to. Rejects with `AttemptTimedOut`; then it is left behind. */
  async limit<T>(work: Promise<T>): Promise<T> {
    const { name, ms, timeouts } = this.#of
    const late = Promise.withResolvers<never>()
    const unwatch = timeouts.watch(ms, () => {
      this.#over = new AttemptTimedOut(`${name} took longer than ${ms} ms`)
      this.#controller?.abort(this.#over)
      // A connector that minds the signal says itself what became of its call; one that does not is left behind.
      setImmediate(late.reject, this.#over)
    })
    try {
      return await Promise.race([work, late.promise])
    } finally {
      unwatch()
    }
  }
}
