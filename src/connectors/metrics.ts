/** How the calls of one operation went since the process started. */
export interface OperationMetrics {
  readonly calls: number
  /** Counted by the code of the error. */
  readonly errors: Readonly<Record<string, number>>
  readonly latencyMsTotal: number
  readonly latencyMsMax: number
}

/** Counts in memory, by connector and operation, for health pages and metrics. Holds no request and no answer. */
export class ConnectorMetrics {
  readonly #byOperation = new Map<
    string,
    { calls: number; errors: Record<string, number>; total: number; max: number }
  >()

  /** `code` is undefined for a success. */
  count(connector: string, operation: string, latencyMs: number, code: string | undefined): void {
    const name = `${connector}.${operation}`
    const counts = this.#byOperation.get(name) ?? { calls: 0, errors: {}, total: 0, max: 0 }
    counts.calls += 1
    counts.total += latencyMs
    counts.max = Math.max(counts.max, latencyMs)
    if (code !== undefined) counts.errors[code] = (counts.errors[code] ?? 0) + 1
    this.#byOperation.set(name, counts)
  }

  /** By `connector.operation`. */
  snapshot(): Readonly<Record<string, OperationMetrics>> {
    return Object.fromEntries(
      [...this.#byOperation].map(([name, { calls, errors, total, max }]) => [
        name,
        { calls, errors: { ...errors }, latencyMsTotal: total, latencyMsMax: max },
      ]),
    )
  }
}
