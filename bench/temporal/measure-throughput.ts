import { measure } from '../measure.ts'
import type { Case, Figure, Progress } from '../scenarios/scenario.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import { openByHand } from './by-hand.ts'
import { bundle, openOnTemporal, quietRuntime } from './on-temporal.ts'
import { openServer } from './server.ts'

/** How many runs: on Temporal each takes some ten or hundred times as long. */
const RUNS = { local: 5_000, temporal: 1_000 } as const

/** The local engine, our engine on Temporal, and the same by hand, one after another. */
export async function measureThroughput(
  { database, durability, isQuick }: Case,
  progress: Progress,
): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  quietRuntime()
  const place = await newPlace({ database, isQuick }, opened)
  const world = await openWorld(place, opened, { durability })
  const { address, client } = await openServer(opened)
  const flows = await bundle()
  const byHand = await openByHand(address, client, flows, opened)
  const ours = await openOnTemporal(world, place, address, flows, opened)
  const figures: Figure[] = []
  const all = [
    { name: 'the local engine', runs: RUNS.local, work: world.run },
    { name: 'Sijil on Temporal', runs: RUNS.temporal, work: ours.run },
    { name: 'by hand on Temporal', runs: RUNS.temporal, work: byHand },
  ] as const
  for (const [index, { name, runs, work }] of all.entries()) {
    progress(index / all.length, name)
    const many = await measure({ runs: isQuick ? 10 : runs, concurrent: isQuick ? 5 : 50 }, work)
    const alone = await measure({ runs: isQuick ? 2 : runs / 20, concurrent: 1 }, work)
    figures.push(
      { what: `${name}, runs at 50 concurrent`, value: many.perSecond, unit: 'runs/s' },
      { what: `${name}, p50 at 50 concurrent`, value: many.p50Ms, unit: 'ms' },
      { what: `${name}, p50 alone`, value: alone.p50Ms, unit: 'ms' },
      { what: `${name}, p99 alone`, value: alone.p99Ms, unit: 'ms' },
    )
  }
  return figures
}
