/** Chance that can be repeated from its seed (mulberry32). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and not including, the limit. */
  upTo(limit: number): number {
    this.#state = (this.#state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit
  }

  whole(limit: number): number {
    return Math.floor(this.upTo(limit))
  }

  /** True in so many cases of a hundred. */
  happens(percent: number): boolean {
    return this.upTo(100) < percent
  }

  /** Throws a `RangeError` for an empty list. */
  pick<Item>(items: readonly Item[]): Item {
    const place = this.whole(items.length)
    for (const item of items.slice(place, place + 1)) return item
    throw new RangeError('There is nothing to pick from')
  }

  /** A chance of its own, so that what one of many draws does not depend on when the others draw. */
  branch(): Chance {
    return new Chance(this.whole(0x1_0000_0000))
  }
}
