export interface Load {
  readonly runs: number
  readonly concurrent: number
}
export interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Keeps `concurrent` pieces of work going until `runs` of them are done. Nothing is counted before the warm-up is over. */
export async function measure({ runs, concurrent }: Load, work: () => Promise<void>): Promise<Figures> {
  await drain(Math.max(concurrent, Math.ceil(runs / 5)), concurrent, work)
  const startedAt = performance.now()
  const latencies = await drain(runs, concurrent, work)
  const tookMs = performance.now() - startedAt
  latencies.sort((one, other) => one - other)
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { perSecond: Math.round((runs / tookMs) * 1_000), p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function drain(runs: number, concurrent: number, work: () => Promise<void>): Promise<number[]> {
  const latencies: number[] = []
  let left = runs
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const startedAt = performance.now()
      await work()
      latencies.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: concurrent }, one))
  return latencies
}

/** The middle one of an odd number of figures, by runs per second. */
export function median(figures: readonly Figures[]): Figures {
  const sorted = figures.toSorted((one, other) => one.perSecond - other.perSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new RangeError('there is nothing to take the median of')
  return middle
}
