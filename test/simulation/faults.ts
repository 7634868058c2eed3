import { Random } from './random.ts'

/** Everything that can go wrong in a simulation, and how often each opportunity for it is taken at most. */
const rates = {
  'answer of the database lost': 0.12,
  'connection to the database lost': 0.12,
  'slow database': 0.15,
  'database restart': 0.01,
  'full disk': 0.01,
  'worker dies': 0.05,
  'worker freezes': 0.05,
  'worker stops': 0.008,
  'clock jumps': 0.01,
  'vendor refuses': 0.15,
  'vendor is busy': 0.2,
  'request to the vendor lost': 0.2,
  'reply of the vendor lost': 0.2,
  'reply of the vendor late': 0.2,
  'vendor acts late': 0.7,
  'vendor cannot be asked': 0.2,
  'signal twice': 0.4,
  'signal too early or too late': 0.5,
  'decision twice': 0.4,
  'start twice': 0.4,
  cancel: 0.3,
} as const
export type FaultKind = keyof typeof rates
// The keys of an object literal are its own.
export const faultKinds = Object.keys(rates) as readonly FaultKind[]

export interface FaultLimits {
  /** Kinds that never happen. */
  readonly without: readonly FaultKind[]
  /** The last moment (of those counted by the simulation) at which something may go wrong. */
  readonly until: number
}

/** Which faults a seed meets. A seed tries some kinds only, each with an intensity of its own: all at once would hide each other. */
export class Faults {
  /** How often each kind has happened. */
  readonly tried = new Map<FaultKind, number>()
  /** Counted by the simulation. */
  moment = 0
  readonly #limits: FaultLimits
  readonly #streams: ReadonlyMap<FaultKind, { readonly random: Random; readonly rate: number }>

  constructor(seed: number, limits: FaultLimits) {
    this.#limits = limits
    this.#streams = new Map(
      faultKinds.map((kind) => {
        const random = new Random(seed, kind)
        return [kind, { random, rate: random.chance(0.5) ? rates[kind] * random.fraction() : 0 }]
      }),
    )
  }

  get areOver(): boolean {
    return this.moment > this.#limits.until
  }

  /** Whether this opportunity is taken. */
  strikes(kind: FaultKind): boolean {
    const stream = this.#streams.get(kind)
    if (stream === undefined || stream.rate === 0) return false
    const drawn = stream.random.chance(stream.rate)
    if (!drawn || this.areOver || this.#limits.without.includes(kind)) return false
    this.tried.set(kind, (this.tried.get(kind) ?? 0) + 1)
    return true
  }
}
