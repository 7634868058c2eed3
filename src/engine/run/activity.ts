/** Counts what is in flight in a session, so that it knows when every branch waits. */
export class Activity {
  readonly #changed: () => void
  #inFlight = 0

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  async work<T>(work: () => Promise<T>): Promise<T> {
    this.#begin()
    try {
      return await work()
    } finally {
      this.#end()
    }
  }

  /** Within work: waits for something that is not in flight here. */
  async pause<T>(waiting: Promise<T>): Promise<T> {
    this.#end()
    try {
      return await waiting
    } finally {
      this.#begin()
    }
  }

  #begin(): void {
    this.#inFlight += 1
  }

  #end(): void {
    this.#inFlight -= 1
    this.#changed()
  }
}
