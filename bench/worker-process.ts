/** A process that drives runs of a ledger that exists. It says when it is ready, and then carries out one load after another. */
import { pace, warmUp } from './measure.ts'
import type { FromWorker, ToWorker, WorkerStart } from './world/worker.ts'
import { openWorld } from './world/world.ts'

const tell = (message: FromWorker): void => void process.send?.(message)
// Written by `startWorker`, which is the only one that starts this.
const { place, durability, worker } = JSON.parse(process.argv[2] ?? '') as WorkerStart

await using opened = new AsyncDisposableStack()
const world = await openWorld(place, opened, { durability, worker })
const over = Promise.withResolvers<void>()
process.on('disconnect', () => over.resolve())
process.on('message', (message: ToWorker) => {
  const work = message.count ? pace(message.load, world.run) : warmUp(message.load, world.run)
  work.then(
    () => tell({ kind: 'done' }),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
tell({ kind: 'ready' })
await over.promise
