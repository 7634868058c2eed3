/** What happened, in order, for whoever must find out why a round failed. */
export class Trail {
  readonly #began = performance.now()
  readonly #lines: string[] = []

  say(text: string): void {
    this.#lines.push(`${((performance.now() - this.#began) / 1_000).toFixed(3).padStart(9)}  ${text}`)
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1_000
  }
}

/** Something that must not happen, or did not happen in time. */
export class Fault extends Error {
  override readonly name = 'Fault'
}
