/** Keeps work going and times it. */
import { type Latency, latencyOf } from './measuring/latency.ts'

export interface Load {
  readonly runs: number
  readonly concurrent: number
}
export interface Figures extends Latency {
  readonly perSecond: number
}

/** Keeps `concurrent` pieces of work going until `runs` of them are done. Nothing is counted before the warm-up is over. */
export async function measure(load: Load, work: () => Promise<unknown>): Promise<Figures> {
  await warmUp(load, work)
  return pace(load, work)
}

/** A fifth of the load, and every place of it at least once. */
export async function warmUp({ runs, concurrent }: Load, work: () => Promise<unknown>): Promise<void> {
  await drain({ runs: Math.max(concurrent, Math.ceil(runs / 5)), concurrent }, work)
}

/** Without a warm-up. */
export async function pace(load: Load, work: () => Promise<unknown>): Promise<Figures> {
  const startedAt = performance.now()
  const latencies = await drain(load, work)
  const tookMs = performance.now() - startedAt
  return { perSecond: Math.round((load.runs / tookMs) * 100_000) / 100, ...latencyOf(latencies) }
}

export async function drain({ runs, concurrent }: Load, work: () => Promise<unknown>): Promise<number[]> {
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

/** Keeps `concurrent` pieces of work going while `foreground` does its own; both have ended when it settles. */
export async function alongside<T>(
  concurrent: number,
  work: () => Promise<unknown>,
  foreground: () => Promise<T>,
): Promise<T> {
  let over = false
  const background = Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (!over) await work()
    }),
  )
  try {
    return await foreground()
  } finally {
    over = true
    await background
  }
}

/** The middle one of an odd number of figures, by runs per second. */
export function median(figures: readonly Figures[]): Figures {
  const sorted = figures.toSorted((one, other) => one.perSecond - other.perSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new RangeError('there is nothing to take the median of')
  return middle
}
