import { fillPlace, writeOriginals } from '../fill/originals.ts'
import { middleOf } from '../measuring/rounds.ts'
import { newPlace } from '../world/place.ts'
import { startWorker } from '../world/worker.ts'
import type { Scenario } from './scenario.ts'

export const restart: Scenario = {
  name: 'restart',
  title: 'Restart with 100,000 paused runs',
  measures:
    'from the start of the process to the end of its first new run; the process before it was killed (kill -9), so what the database must recover is part of it. 100 runs were paused by the engine, the others are copies of those rows. The middle of five',
  durable: 'the end of the first new run',
  durabilities: ['travelling'],
  async run({ database, durability, isQuick }, progress) {
    await using opened = new AsyncDisposableStack()
    const place = await newPlace({ database, isQuick }, opened)
    const originals = await writeOriginals(place, 'signalled')
    const copies = (isQuick ? 40 : 100_000) - originals.length
    await fillPlace(place, {
      originals,
      copies,
      after: 0,
      onSlice: (made) => progress((0.7 * made) / copies, 'rows are copied'),
    })
    const rounds = isQuick ? 1 : 5
    const ready: number[] = []
    const done: number[] = []
    for (let round = isQuick ? 1 : 0; round <= rounds; round += 1) {
      progress(0.7 + (0.3 * round) / rounds, 'starts, runs, is killed')
      const startedAt = performance.now()
      const worker = await startWorker({ place, durability, worker: `bench-${round}` })
      const readyMs = performance.now() - startedAt
      await worker.drive({ runs: 1, concurrent: 1 })
      const doneMs = performance.now() - startedAt
      // The first one follows upon an orderly end and only makes the mess that the others find.
      if (round > 0) {
        ready.push(readyMs)
        done.push(doneMs)
      } else await worker.drive({ runs: 2_000, concurrent: 10 })
      await worker.kill()
    }
    return [
      { ...middleOf('the engine drives', 'ms', ready), durable: '–' },
      middleOf('the first new run has ended', 'ms', done),
    ]
  },
}
