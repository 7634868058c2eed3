import { setTimeout as delay } from 'node:timers/promises'
import { readSealingLag, type SealingLag } from '../../src/ledger/tree/sealer.ts'
import { pace, warmUp } from '../measure.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import type { Figure, Scenario } from './scenario.ts'

const LOOK_MS = 250

export const sealing: Scenario = {
  name: 'sealing',
  title: 'Sealing under load',
  measures: `three-step runs at 50 concurrent; four times a second: how many audit rows have no leaf yet, and how old the oldest of them is`,
  durable: 'the end of the run with its audit rows; their leaves follow',
  async run({ database, durability, isQuick }, progress) {
    await using opened = new AsyncDisposableStack()
    const world = await openWorld(await newPlace({ database, isQuick }, opened), opened, { durability })
    const load = { runs: isQuick ? 60 : 60_000, concurrent: 50 }
    await warmUp({ ...load, runs: load.runs / 6 }, world.run)
    const lags: SealingLag[] = []
    let done = 0
    let over = false
    const looking = (async () => {
      while (!over) {
        lags.push(await readSealingLag(world.database))
        progress(done / load.runs, 'runs at 50 concurrent')
        await delay(LOOK_MS)
      }
    })()
    const { perSecond } = await pace(load, async () => {
      await world.run()
      done += 1
    })
    over = true
    const loadEndedAt = performance.now()
    await looking
    while ((await readSealingLag(world.database)).rows > 0) await delay(10)
    const caughtUpMs = performance.now() - loadEndedAt
    return [
      { what: 'runs at 50 concurrent, looked at', value: perSecond, unit: 'runs/s' },
      ...spread(
        'rows without a leaf',
        'rows',
        lags.map(({ rows }) => rows),
      ),
      ...spread(
        'age of the oldest of them',
        'ms',
        lags.map(({ oldestMs }) => oldestMs),
      ),
      { what: 'until all are sealed after the load', value: caughtUpMs, unit: 'ms' },
    ]
  },
}

const spread = (what: string, unit: Figure['unit'], values: readonly number[]): readonly Figure[] => {
  const sorted = values.toSorted((one, other) => one - other)
  return [
    { what: `${what}, p50`, unit, value: sorted[Math.floor(sorted.length / 2)] ?? 0 },
    { what: `${what}, most`, unit, value: sorted.at(-1) ?? 0 },
  ]
}
