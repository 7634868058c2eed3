/**
 * Keys that were unwrapped lately. Bounded in number (the one not used for longest goes first) and in age, because another
 * process may have destroyed the key since: it outlives its destruction by `lifetimeMs` at most.
 */
export class KeyCache<Key> {
  readonly #entries = new Map<string, { readonly key: Promise<Key>; readonly until: number }>()
  readonly #size: number
  readonly #lifetimeMs: number
  readonly #now: () => number

  constructor(size: number, lifetimeMs: number, now: () => number) {
    this.#size = size
    this.#lifetimeMs = lifetimeMs
    this.#now = now
  }

  /** Those who ask for a key while it is being loaded share the load. A load that failed is not kept. */
  get(id: string, load: () => Promise<Key>): Promise<Key> {
    const found = this.#entries.get(id)
    this.#entries.delete(id)
    const fresh = found !== undefined && this.#now() < found.until
    const entry = fresh ? found : { key: load(), until: this.#now() + this.#lifetimeMs }
    this.#entries.set(id, entry)
    if (!fresh) {
      entry.key.catch(() => {
        if (this.#entries.get(id) === entry) this.#entries.delete(id)
      })
      this.#dropOldest()
    }
    return entry.key
  }

  forget(id: string): void {
    this.#entries.delete(id)
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#size && oldest !== undefined) this.#entries.delete(oldest)
  }
}
