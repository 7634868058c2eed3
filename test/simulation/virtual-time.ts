/**
 * The time of a simulation. Timers, network and database answers of every process in it are events in one queue; time jumps from
 * each event to the next, and only when nothing is left to do at the present moment.
 *
 * While it is installed, the clocks, timers and random bytes of this process are those of the simulation. PGlite asks the same
 * clock, so that the ledger's time is simulated too.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import type { Random } from './random.ts'

/** A process in the simulation: what belongs to it waits while it is frozen and is lost when it is dead. */
export interface Owner {
  readonly name: string
  readonly isDead: boolean
  /** Time at which it goes on; in the past while it runs. */
  readonly frozenUntil: number
}

interface Event {
  readonly at: number
  readonly order: number
  readonly owner: Owner | undefined
  /** Of a timer, which can wait until something else happens. */
  readonly timer: VirtualTimer | undefined
  readonly run: () => void
}

const processOf = new AsyncLocalStorage<Owner>()
const realImmediate = globalThis.setImmediate
const turn = (): Promise<void> => new Promise((resolve) => realImmediate(resolve))

export class VirtualTime {
  /** Milliseconds since the simulation began; never goes back. */
  now = 0
  /** How far the wall clock is ahead of it. */
  wall: number
  readonly #events: Event[] = []
  readonly #immediates: (() => void)[] = []
  #order = 0

  constructor(wall: number) {
    this.wall = wall
  }

  /** Calls `work` as the process: timers that it sets, now and later, belong to it. */
  as<T>(owner: Owner, work: () => T): T {
    return processOf.run(owner, work)
  }

  after(ms: number, owner: Owner | undefined, run: () => void): void {
    this.#insert({ at: this.now + ms, order: (this.#order += 1), owner, timer: undefined, run })
  }

  /** When something other than a timer happens next. */
  get nextEvent(): number | undefined {
    return this.#events.find((event) => event.timer === undefined && !isOver(event))?.at
  }

  get nextTimer(): number | undefined {
    return this.#events.find((event) => event.timer !== undefined && !isOver(event))?.at
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await turn()
    // As in Node, what follows from one immediate happens before the next.
    for (let run = this.#immediates.shift(); run !== undefined; run = this.#immediates.shift()) {
      run()
      await turn()
    }
  }

  /** The next event. False when there is none. */
  async step(): Promise<boolean> {
    for (;;) {
      const event = this.#events.shift()
      if (event === undefined) return false
      const { owner } = event
      if (isOver(event)) continue
      if (owner !== undefined && owner.frozenUntil > Math.max(this.now, event.at)) {
        this.#insert({ ...event, at: owner.frozenUntil })
        continue
      }
      this.now = Math.max(this.now, event.at)
      event.run()
      await this.settle()
      return true
    }
  }

  #insert(event: Event): void {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#events[middle]
      if (other !== undefined && (other.at < event.at || (other.at === event.at && other.order < event.order)))
        low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
  }

  #timer(run: () => void, ms: number, repeats: boolean): VirtualTimer {
    const owner = processOf.getStore()
    const timer = new VirtualTimer()
    // Only processes have timers: the database's own housekeeping would carry something over from one simulation to the next.
    if (owner === undefined) return timer
    const arm = (): void => {
      const at = this.now + Math.max(1, Number.isFinite(ms) ? ms : 1)
      this.#insert({ at, order: (this.#order += 1), owner, timer, run: fire })
    }
    const fire = (): void => {
      if (repeats) arm()
      processOf.run(owner, run)
    }
    arm()
    return timer
  }

  /** Until the answer is disposed of, this process lives in the simulation. */
  install(random: Random): Disposable {
    const { Date: date, performance, crypto } = globalThis
    const before = {
      setTimeout: globalThis.setTimeout,
      setInterval: globalThis.setInterval,
      clearTimeout: globalThis.clearTimeout,
      clearInterval: globalThis.clearInterval,
      setImmediate: globalThis.setImmediate,
    }
    const promised = timersPromises.setImmediate
    const dateNow = Object.getOwnPropertyDescriptor(date, 'now')
    const timeout = Object.getOwnPropertyDescriptor(AbortSignal, 'timeout')
    const clear = (timer: unknown): void => {
      if (timer instanceof VirtualTimer) timer.cleared = true
    }
    const immediately = (run: (...args: unknown[]) => void, ...args: unknown[]): void => {
      const owner = processOf.getStore()
      this.#immediates.push(() => (owner === undefined ? run(...args) : processOf.run(owner, run, ...args)))
    }
    const simulated = {
      setTimeout: (run: () => void, ms = 1) => this.#timer(run, ms, false),
      setInterval: (run: () => void, ms = 1) => this.#timer(run, ms, true),
      clearTimeout: clear,
      clearInterval: clear,
      setImmediate: immediately,
    }
    Object.assign(globalThis, simulated)
    Object.assign(timersPromises, {
      setImmediate: <T>(value?: T) => new Promise<T | undefined>((resolve) => immediately(() => resolve(value))),
    })
    syncBuiltinESMExports()
    date.now = () => Math.floor(this.wall + this.now)
    const own = { configurable: true, writable: true }
    Object.defineProperty(performance, 'now', { ...own, value: () => this.now })
    Object.defineProperty(crypto, 'getRandomValues', { ...own, value: (bytes: Uint8Array) => random.fill(bytes) })
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController()
      this.#timer(() => controller.abort(new DOMException('The time is over', 'TimeoutError')), ms, false)
      return controller.signal
    }
    return {
      [Symbol.dispose]: () => {
        Object.assign(globalThis, before)
        Object.assign(timersPromises, { setImmediate: promised })
        syncBuiltinESMExports()
        if (dateNow !== undefined) Object.defineProperty(date, 'now', dateNow)
        // What the prototypes have shows again.
        Reflect.deleteProperty(performance, 'now')
        Reflect.deleteProperty(crypto, 'getRandomValues')
        if (timeout !== undefined) Object.defineProperty(AbortSignal, 'timeout', timeout)
      },
    }
  }
}

const isOver = ({ owner, timer }: Event): boolean => owner?.isDead === true || timer?.cleared === true

/** What `setTimeout` answers. */
class VirtualTimer {
  cleared = false
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
}
