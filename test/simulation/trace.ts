import { createHash } from 'node:crypto'
import type { VirtualTime } from './virtual-time.ts'

/** What happened in a simulation, line by line. */
export class Trace {
  /** Whether the answers of the database are part of it. */
  readonly isDeep: boolean
  readonly lines: string[] = []
  readonly #time: VirtualTime

  constructor(time: VirtualTime, isDeep: boolean) {
    this.#time = time
    this.isDeep = isDeep
  }

  note(what: string): void {
    this.lines.push(`${this.#time.now.toFixed(2).padStart(12)}  ${what}`)
  }

  /** Equal for equal traces. */
  get digest(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex')
  }
}
