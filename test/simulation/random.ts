/** Numbers that follow from a seed and a name alone. Everything that happens by chance in a simulation is drawn from one of these. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** Two names give two streams that have nothing to do with each other, so that drawing more from one leaves the other as it was. */
  constructor(seed: number, name: string) {
    let hash = 0x811c9dc5
    for (const character of `${seed} ${name}`)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
    this.#a = hash
    this.#b = seed >>> 0
    this.#c = Math.floor(seed / 2 ** 32) >>> 0
    for (let round = 0; round < 12; round += 1) this.#next()
  }

  /** sfc32 */
  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0
    return sum
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next() / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(of: readonly T[]): T {
    const picked = of[this.whole(0, of.length - 1)]
    if (picked === undefined) throw new RangeError('there is nothing to pick from')
    return picked
  }

  /** Mostly about `usual`, now and then many times as long. */
  around(usual: number): number {
    return -Math.log(1 - this.fraction()) * usual
  }

  fill<View extends Uint8Array>(bytes: View): View {
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = this.#next() & 0xff
    return bytes
  }
}
