import { Life } from './life.ts'
import type { Scene } from './scene.ts'
import { Fault } from './trail.ts'

/** What is left when nobody starts anything new comes to its end within this. */
const DRAIN_MS = 900_000

/** So many lives at once: when one ends another begins, until the crowd is told to finish. */
export class Crowd {
  readonly #scene: Scene
  readonly #size: number
  readonly #living = new Map<string, Promise<void>>()
  readonly #failed = Promise.withResolvers<never>()
  #begun = 0
  #isOpen = true

  constructor(scene: Scene, size: number) {
    this.#scene = scene
    this.#size = size
    this.#failed.promise.catch(() => {})
    scene.vendorsGone.catch(this.#failed.reject)
  }

  /** Lets new lives begin; they begin at this server if it answers. */
  fill(at?: string): void {
    while (this.#isOpen && this.#living.size < this.#size) this.begin(at)
  }

  begin(at?: string): void {
    this.#begun += 1
    const { seed, chance } = this.#scene
    const key = `application-${seed}-${this.#begun}`
    const life = new Life(this.#scene.lifeParts(), chance.branch()).lead(key, at)
    this.#living.set(
      key,
      life.then(
        () => {
          this.#living.delete(key)
          this.fill()
        },
        (error: unknown) => this.#failed.reject(error),
      ),
    )
  }

  /** What is waited for, unless somebody in the crowd has met a fault, or the vendors are gone. */
  orFault<Value>(wanted: Promise<Value>): Promise<Value> {
    return Promise.race([wanted, this.#failed.promise])
  }

  /** Nobody begins anew; resolves when all have come to their end. */
  async finish(): Promise<void> {
    this.#isOpen = false
    const late = Promise.withResolvers<never>()
    const patience = setTimeout(() => {
      late.reject(new Fault(`not over after ${DRAIN_MS / 1_000} s: ${[...this.#living.keys()].join(', ')}`))
    }, DRAIN_MS)
    try {
      await this.orFault(Promise.race([Promise.all(this.#living.values()), late.promise]))
    } finally {
      clearTimeout(patience)
    }
  }
}
