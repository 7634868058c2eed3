import type { Result } from './block.ts'
import { faultKinds } from './faults.ts'

/** What was lived so far, for the eye. */
export class Totals {
  #seeds = 0
  #runs = 0
  readonly #tried = new Map<string, number>()

  add({ runs, tried }: Result): void {
    this.#seeds += 1
    this.#runs += runs
    for (const [kind, times] of tried) this.#tried.set(kind, (this.#tried.get(kind) ?? 0) + times)
  }

  progress(of: number, failed: number, ms: number): void {
    const width = 30
    const done = Math.round((width * this.#seeds) / of)
    const bar = '█'.repeat(done).padEnd(width, '░')
    process.stderr.write(`\r${bar} ${this.#seeds}/${of} seeds, ${failed} failed, ${this.#rate(ms)}   `)
  }

  summary(first: number, failed: number, ms: number): string {
    const faults = faultKinds.map((kind) => `  ${kind.padEnd(34)}${this.#tried.get(kind) ?? 0}\n`)
    return `${this.#seeds} seeds from ${first}, ${this.#runs} runs, ${failed} failed, ${this.#rate(ms)}\n${faults.join('')}`
  }

  #rate(ms: number): string {
    return `${((1_000 * this.#seeds) / ms).toFixed(1)} seeds/s`
  }
}
