import { type Figures, measure } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import type { Case, Figure, Progress, TemporalServer } from '../scenarios/scenario.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import { openByHand } from './by-hand.ts'
import { bundle, openOnTemporal, quietRuntime } from './on-temporal.ts'
import { openServer } from './server.ts'

/** How many runs a round: on Temporal each takes some ten or hundred times as long. */
const RUNS = { local: 3_000, temporal: 300 } as const
const ROUNDS = 3

interface Driven {
  readonly name: string
  readonly runs: number
  readonly work: () => Promise<unknown>
}

/** The local engine, our engine on Temporal, and the same by hand, one after another in every round. */
export async function measureThroughput(
  { database, durability, isQuick }: Case,
  server: TemporalServer,
  progress: Progress,
): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  quietRuntime()
  const place = await newPlace({ database, isQuick }, opened)
  const world = await openWorld(place, opened, { durability })
  const { address, client } = await openServer(server, opened)
  const flows = await bundle()
  const byHand = await openByHand(address, client, flows, opened)
  const ours = await openOnTemporal(world, place, address, flows, opened)
  const all: readonly Driven[] = [
    { name: 'the local engine', runs: RUNS.local, work: world.run },
    { name: 'Sijil on Temporal', runs: RUNS.temporal, work: ours.run },
    { name: 'by hand on Temporal', runs: RUNS.temporal, work: byHand },
  ]
  const rounds = isQuick ? 1 : ROUNDS
  const measured = all.map((): Round[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, one] of all.entries()) {
      progress((round + index / all.length) / rounds, one.name)
      measured[index]?.push(await measureRound(one, isQuick))
    }
  }
  return all.flatMap(({ name }, index) => figuresOf(name, measured[index] ?? []))
}

interface Round {
  readonly many: Figures
  readonly alone: Figures
}

const measureRound = async ({ runs, work }: Driven, isQuick: boolean): Promise<Round> => ({
  many: await measure({ runs: isQuick ? 10 : runs, concurrent: isQuick ? 5 : 50 }, work),
  alone: await measure({ runs: isQuick ? 2 : runs / 10, concurrent: 1 }, work),
})

function figuresOf(name: string, rounds: readonly Round[]): readonly Figure[] {
  const of = (read: (one: Round) => number) => rounds.map(read)
  return [
    middleOf(
      `${name}, runs at 50 concurrent`,
      'runs/s',
      of(({ many }) => many.perSecond),
    ),
    middleOf(
      `${name}, p50 at 50 concurrent`,
      'ms',
      of(({ many }) => many.p50Ms),
    ),
    middleOf(
      `${name}, p50 alone`,
      'ms',
      of(({ alone }) => alone.p50Ms),
    ),
    middleOf(
      `${name}, p99 alone`,
      'ms',
      of(({ alone }) => alone.p99Ms),
    ),
  ]
}
