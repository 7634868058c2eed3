export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** With fewer than a hundred of them the p99 is the longest. */
export function latencyOf(latencies: readonly number[]): Latency {
  const sorted = latencies.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
