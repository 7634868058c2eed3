import { decideTask } from '../../src/decisions/decide-task.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { drain, pace } from '../measure.ts'
import { latencyOf } from '../measuring/latency.ts'
import { inMb, memoryNow, watchWorkers } from '../measuring/memory.ts'
import type { Case, Figure, Progress, TemporalServer } from '../scenarios/scenario.ts'
import { begun } from '../world/begun.ts'
import { countWaiting, openTasks, type OpenTask } from '../world/looks.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import { bundle, type OnTemporal, openOnTemporal, quietRuntime } from './on-temporal.ts'
import { openServer } from './server.ts'

const CONCURRENT = 100
/** Code that was never run before takes memory once. */
const WARM_UP = 200
/** So many of those that paused last fit into the worker's cache. */
const WAKES = 400

/** Runs that wait for a person on Temporal: what its worker holds of them, and how soon a decision brings one on. */
export async function measurePaused(of: Case, on: TemporalServer, progress: Progress): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  quietRuntime()
  watchWorkers()
  const place = await newPlace(of, opened)
  const world = await openWorld(place, opened, { durability: of.durability })
  const server = await openServer(on, opened)
  const onTemporal = await openOnTemporal(world, place, server.address, await bundle(), opened)
  const [runs, warmUps, concurrent] = of.isQuick ? [20, 5, 5] : [10_000, WARM_UP, CONCURRENT]

  await drain({ runs: warmUps, concurrent }, onTemporal.pause)
  await decideEach(onTemporal, await openTasks(world.database), () => {})
  const [before, serverBefore] = [await memoryNow(), server.rssBytes()]
  let paused = 0
  const pausing = await pace({ runs, concurrent }, async () => {
    await onTemporal.pause()
    paused += 1
    if (paused % 10 === 0) progress((0.8 * paused) / runs, 'runs pause')
  })
  const held = await countWaiting(world.database)
  if (held !== runs) throw new Error(`${held} runs wait, and ${runs} should`)
  const [after, serverAfter] = [await memoryNow(), server.rssBytes()]

  const tasks = await openTasks(world.database)
  const wakes = of.isQuick ? 3 : WAKES
  const last = await decideEach(onTemporal, tasks.slice(-wakes), (share) =>
    progress(0.8 + 0.1 * share, 'people decide'),
  )
  const first = await decideEach(onTemporal, tasks.slice(0, wakes), (share) =>
    progress(0.9 + 0.1 * share, 'people decide'),
  )
  const memory = [
    { what: 'the process of the worker, before', value: inMb(before.rssBytes), unit: 'MB' },
    { what: 'the process of the worker, all paused', value: inMb(after.rssBytes), unit: 'MB' },
    { what: 'of it the thread of the engine, after garbage was collected', value: inMb(after.engineBytes), unit: 'MB' },
    { what: 'of it the thread of Temporal’s workflows, before', value: inMb(before.threadBytes), unit: 'MB' },
    { what: 'of it the thread of Temporal’s workflows, all paused', value: inMb(after.threadBytes), unit: 'MB' },
    { what: 'Temporal’s server, before', value: inMb(serverBefore), unit: 'MB' },
    { what: 'Temporal’s server, all paused', value: inMb(serverAfter), unit: 'MB' },
  ] as const
  return [
    {
      what: `runs paused at ${CONCURRENT} concurrent`,
      value: pausing.perSecond,
      unit: 'runs/s',
      durable: 'the first step, the open task and that the run is parked',
    },
    ...memory.map((figure) => ({ ...figure, durable: '–' })),
    ...wakeFigures('paused last', last),
    ...wakeFigures('paused first', first),
  ]
}

function wakeFigures(which: string, latencies: readonly number[]): readonly Figure[] {
  const { p50Ms, p99Ms } = latencyOf(latencies)
  return [
    { what: `next step begins after a decision, ${which}, p50`, value: p50Ms, unit: 'ms' },
    { what: `next step begins after a decision, ${which}, p99`, value: p99Ms, unit: 'ms' },
  ]
}

/** Alone: each run has ended before the next one is decided. */
async function decideEach(
  { parts, ended }: OnTemporal,
  tasks: readonly OpenTask[],
  progress: (share: number) => void,
): Promise<number[]> {
  const latencies: number[] = []
  for (const [place, { id, tenant, run, digest }] of tasks.entries()) {
    progress(place / tasks.length)
    const begins = begun(run)
    const end = ended(run)
    const submittedAt = performance.now()
    await decideTask(parts, actor(tenant, 'manager'), { task: id, verdict: 'approve', digest, value: {} })
    latencies.push((await begins) - submittedAt)
    await end
  }
  return latencies
}
