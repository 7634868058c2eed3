import type { Instant } from '../flow/time.ts'

/** Up to how many milliseconds each part of the histogram goes; one more part has what took longer. */
export const LATENCY_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const

/** How the calls of one operation went since the process started. */
export interface OperationMetrics {
  readonly calls: number
  readonly inFlight: number
  /** Counted by the code of the error. */
  readonly errors: Readonly<Record<string, number>>
  readonly latencyMsTotal: number
  readonly latencyMsMax: number
  /** How many calls took so long, for each part of `LATENCY_MS` and one for the rest. */
  readonly latencyMsParts: readonly number[]
  /** Calls that waited for their turn in this process, and for how long together. */
  readonly rateLimitWaits: number
  readonly rateLimitWaitMsTotal: number
  /** Calls that were not let begin, by reason. They are no calls and no errors. */
  readonly heldBack: Readonly<Record<string, number>>
}

/** The latest call that went wrong. */
export interface LastError {
  readonly operation: string
  readonly code: string
  readonly at: Instant
}

type Counts = { -readonly [Name in keyof OperationMetrics]: OperationMetrics[Name] } & {
  readonly errors: Record<string, number>
  readonly heldBack: Record<string, number>
  readonly latencyMsParts: number[]
}

/** A call that began sooner than this did not wait. */
const WAIT_MS_MIN = 1

/** Counts in memory, by `connector.operation`, for health pages and metrics. Holds no request and no answer. */
export class ConnectorMetrics {
  readonly #byOperation = new Map<string, Counts>()
  readonly #lastErrors = new Map<string, LastError>()

  /** A call leaves. To be told how it ended: undefined for a success, else the code of the error. */
  began(operation: string): (code: string | undefined) => void {
    const counts = this.#of(operation)
    const startedAt = performance.now()
    counts.inFlight += 1
    return (code) => {
      const ms = performance.now() - startedAt
      counts.inFlight -= 1
      counts.calls += 1
      counts.latencyMsTotal += ms
      counts.latencyMsMax = Math.max(counts.latencyMsMax, ms)
      const part = LATENCY_MS.findIndex((most) => ms <= most)
      const place = part === -1 ? LATENCY_MS.length : part
      counts.latencyMsParts[place] = (counts.latencyMsParts[place] ?? 0) + 1
      if (code === undefined) return
      counts.errors[code] = (counts.errors[code] ?? 0) + 1
      const [connector = '', name = ''] = operation.split('.')
      this.#lastErrors.set(connector, { operation: name, code, at: Date.now() })
    }
  }

  waited(operation: string, ms: number): void {
    if (ms < WAIT_MS_MIN) return
    const counts = this.#of(operation)
    counts.rateLimitWaits += 1
    counts.rateLimitWaitMsTotal += ms
  }

  heldBack(operation: string, code: string): void {
    const { heldBack } = this.#of(operation)
    heldBack[code] = (heldBack[code] ?? 0) + 1
  }

  /** Of a connector, whichever operation and account it was. */
  lastError(connector: string): LastError | undefined {
    return this.#lastErrors.get(connector)
  }

  /** By `connector.operation`. */
  snapshot(): Readonly<Record<string, OperationMetrics>> {
    return structuredClone(Object.fromEntries(this.#byOperation))
  }

  #of(operation: string): Counts {
    const known = this.#byOperation.get(operation)
    if (known !== undefined) return known
    const counts: Counts = {
      calls: 0,
      inFlight: 0,
      errors: {},
      latencyMsTotal: 0,
      latencyMsMax: 0,
      latencyMsParts: Array.from({ length: LATENCY_MS.length + 1 }, () => 0),
      rateLimitWaits: 0,
      rateLimitWaitMsTotal: 0,
      heldBack: {},
    }
    this.#byOperation.set(operation, counts)
    return counts
  }
}
