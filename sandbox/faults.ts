/** What can go wrong with one call, sorted by whether the vendor acted. */
export const FAULTS = [
  'delay',
  'refuse',
  'limit',
  'fail',
  'hang',
  'drop',
  'fail after acting',
  'hang after acting',
  'drop after acting',
  'malformed after acting',
  'missing fields after acting',
  'unknown fields',
] as const
export type FaultKind = (typeof FAULTS)[number]

export interface Fault {
  readonly vendor: string
  /** Without it: any operation. */
  readonly operation?: string | undefined
  readonly kind: FaultKind
  /** How many calls it befalls. Default 1. */
  readonly times?: number
}

/** How long `delay` lets the caller wait for an answer that is otherwise as it should be. */
export const DELAY_MS = 400

/** What `limit` asks the caller to wait. */
export const RETRY_AFTER_SECONDS = 2

/** The faults that are still to come. The oldest that fits befalls the next call. */
export class Faults {
  readonly #coming: { vendor: string; operation: string | undefined; kind: FaultKind; left: number }[] = []

  add({ vendor, operation, kind, times = 1 }: Fault): void {
    this.#coming.push({ vendor, operation, kind, left: times })
  }

  take(vendor: string, operation: string): FaultKind | undefined {
    const fault = this.#coming.find((f) => f.vendor === vendor && (f.operation ?? operation) === operation)
    if (fault === undefined) return undefined
    fault.left -= 1
    if (fault.left <= 0) this.#coming.splice(this.#coming.indexOf(fault), 1)
    return fault.kind
  }

  coming(): readonly Fault[] {
    return this.#coming.map(({ vendor, operation, kind, left }) => ({ vendor, operation, kind, times: left }))
  }

  clear(): void {
    this.#coming.length = 0
  }
}
