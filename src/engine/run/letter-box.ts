import type { RareWrite } from '../../ledger/patch.ts'
import type { Letter, Mailbox } from '../../ledger/load-runs.ts'

/** The letters that a session knows of and nobody has taken, in the order in which they came. */
export class LetterBox {
  #letters: readonly Letter[]
  #count: number

  /** Letters are read after the count when a run is loaded, so one that came in between is seen, and must not be added again. */
  constructor({ count, letters }: Mailbox) {
    this.#letters = letters
    this.#count = Math.max(count, ...letters.map(({ number }) => number))
  }

  /** How many the run has had in all, as far as this session has seen. */
  get count(): number {
    return this.#count
  }

  get letters(): readonly Letter[] {
    return this.#letters
  }

  /** Puts in what came since. */
  add({ count, letters }: Mailbox): void {
    const seen = this.#count
    this.#count = Math.max(seen, count)
    this.#letters = [...this.#letters, ...letters.filter(({ number }) => number > seen)]
  }

  take(letter: Letter): void {
    this.#letters = this.#letters.filter((other) => other !== letter)
  }

  takeFirst(fits: (letter: Letter) => boolean): Letter | undefined {
    const letter = this.#letters.find(fits)
    if (letter !== undefined) this.take(letter)
    return letter
  }
}

/** Marks a letter as taken by the operation, in the same commit as what follows from it. */
export const consume = ({ number }: Letter, key: string): RareWrite => ({ op: 'signal.consume', body: { number, key } })
