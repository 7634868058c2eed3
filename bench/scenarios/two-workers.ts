import type { Load } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import { newPlace, type Place } from '../world/place.ts'
import { startWorker } from '../world/worker.ts'
import type { Case, Scenario } from './scenario.ts'

const CONCURRENT = 100

export const twoWorkers: Scenario = {
  name: 'two-workers',
  title: 'Two processes on one Postgres',
  measures:
    'three-step runs/s of two processes with 50 concurrent each, against one process with 100; every process seals as well. The middle of three rounds',
  durable: 'the end of the run and everything before it',
  databases: ['postgres'],
  async run(of, progress) {
    const rounds = of.isQuick ? 1 : 3
    const one: number[] = []
    const two: number[] = []
    await using opened = new AsyncDisposableStack()
    const place = await newPlace(of, opened)
    for (let round = 0; round < rounds; round += 1) {
      progress(round / rounds, 'one process')
      one.push(await together(1, place, of))
      progress((round + 0.5) / rounds, 'two processes')
      two.push(await together(2, place, of))
    }
    const [alone, pair] = [
      middleOf('runs of one process', 'runs/s', one),
      middleOf('runs of two processes together', 'runs/s', two),
    ]
    return [alone, pair, { what: 'two against one', value: pair.value / alone.value, unit: '×' }]
  },
}

async function together(count: number, place: Place, { durability, isQuick }: Case): Promise<number> {
  const workers = []
  for (let index = 0; index < count; index += 1)
    workers.push(await startWorker({ place, durability, worker: `bench-${index}` }))
  const runs = isQuick ? 40 : 20_000
  const load: Load = { runs: runs / count, concurrent: CONCURRENT / count }
  await Promise.all(workers.map((worker) => worker.drive(load, 'warm up')))
  const startedAt = performance.now()
  await Promise.all(workers.map((worker) => worker.drive(load)))
  const perSecond = (runs / (performance.now() - startedAt)) * 1_000
  await Promise.all(workers.map((worker) => worker.end()))
  return perSecond
}
