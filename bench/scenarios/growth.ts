import { fillPlace, writeOriginals } from '../fill/originals.ts'
import { drain, measure } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import { countRuns } from '../world/looks.ts'
import { newPlace, type Place } from '../world/place.ts'
import { sealAll } from '../world/seal-all.ts'
import { openWorld } from '../world/world.ts'
import type { Case, Figure, Scenario } from './scenario.ts'

export const SIZES = [10_000, 100_000, 1_000_000] as const
const QUICK_SIZES = [60, 120] as const

/** How the figure for so many runs is called. */
export const withRuns = (size: number): string =>
  `runs at 50 concurrent, ${size.toLocaleString('en')} runs in the ledger`

export const growth: Scenario = {
  name: 'growth',
  title: 'A ledger that grows',
  measures:
    'three-step runs at 50 concurrent with so many ended runs in the ledger; the middle of three rounds. The history is copied by the database from 100 runs that the engine wrote (runs, records, audit rows, leaves), then vacuumed and analysed as autovacuum would have done',
  durable: 'the end of the run and everything before it',
  async run(of, progress) {
    await using opened = new AsyncDisposableStack()
    const place = await newPlace(of, opened)
    const originals = await writeOriginals(place, 'three-steps')
    const sizes = of.isQuick ? QUICK_SIZES : SIZES
    const figures: Figure[] = []
    let held = originals.length
    let copied = 0
    for (const [index, size] of sizes.entries()) {
      const copies = Math.max(0, size - held)
      const onSlice = (made: number) => progress((index + (0.7 * made) / copies) / sizes.length, 'history is copied')
      await fillPlace(place, { originals, copies, after: copied, onSlice })
      copied += copies
      progress((index + 0.7) / sizes.length, withRuns(size))
      const { rounds, runs } = await paceOn(place, of)
      figures.push(middleOf(withRuns(size), 'runs/s', rounds))
      held = runs
    }
    const [first, last] = [figures[0]?.value ?? 0, figures.at(-1)?.value ?? 0]
    return [...figures, { what: 'the last against the first', value: (last / first) * 100, unit: '%' }]
  },
}

/** Opened anew for each size, so that every statement is planned for the ledger as it is. */
async function paceOn(
  place: Place,
  { durability, isQuick }: Case,
): Promise<{ rounds: readonly number[]; runs: number }> {
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(place, opened, { durability })
  const load = { runs: isQuick ? 20 : 5_000, concurrent: isQuick ? 10 : 50 }
  if (!isQuick) await drain({ ...load, runs: 10_000 }, world.run)
  const rounds: number[] = []
  for (let round = 0; round < (isQuick ? 1 : 3); round += 1) rounds.push((await measure(load, world.run)).perSecond)
  await sealAll(world)
  return { rounds, runs: await countRuns(world.database) }
}
