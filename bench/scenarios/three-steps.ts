import { measure, type Figures } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import type { Figure, Scenario } from './scenario.ts'

/** `key` names the figures of a load for the charts. */
const LOADS = [
  { key: 'at 50 concurrent', concurrent: 50, share: 1 },
  { key: 'at 500 concurrent', concurrent: 500, share: 1 },
  { key: 'alone', concurrent: 1, share: 0.05 },
] as const

export const threeSteps: Scenario = {
  name: 'three-steps',
  title: 'Three-step runs',
  measures: 'from the start of a run of three steps without outside effect to its answer; the middle of three rounds',
  durable: 'the end of the run and everything before it',
  async run({ database, durability, isQuick }, progress) {
    await using opened = new AsyncDisposableStack()
    const world = await openWorld(await newPlace({ database, isQuick }, opened), opened, { durability })
    const [rounds, runs] = isQuick ? [1, 40] : [3, 20_000]
    const figures: Figure[] = []
    for (const [place, { key, concurrent, share }] of LOADS.entries()) {
      const measured: Figures[] = []
      for (let round = 0; round < rounds; round += 1) {
        progress((place + round / rounds) / LOADS.length, key)
        measured.push(await measure({ runs: Math.ceil(runs * share), concurrent }, world.run))
      }
      const of = (read: (one: Figures) => number) => measured.map(read)
      figures.push(
        middleOf(
          `runs ${key}`,
          'runs/s',
          of(({ perSecond }) => perSecond),
        ),
        middleOf(
          `p50 ${key}`,
          'ms',
          of(({ p50Ms }) => p50Ms),
        ),
        middleOf(
          `p99 ${key}`,
          'ms',
          of(({ p99Ms }) => p99Ms),
        ),
      )
    }
    return figures
  },
}
