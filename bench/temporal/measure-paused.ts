import { decideTask } from '../../src/decisions/decide-task.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { drain, pace } from '../measure.ts'
import { latencyOf } from '../measuring/latency.ts'
import { inMb, memoryNow } from '../measuring/memory.ts'
import type { Case, Figure, Progress } from '../scenarios/scenario.ts'
import { begun } from '../world/begun.ts'
import { countWaiting, openTasks, type OpenTask } from '../world/looks.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import { bundle, type OnTemporal, openOnTemporal, quietRuntime } from './on-temporal.ts'
import { openServer } from './server.ts'

const CONCURRENT = 100
/** Code that was never run before takes memory once. */
const WARM_UP = 200
const WAKES = 1_000

/** Runs that wait for a person on Temporal: what its worker holds of them, and how soon a decision brings one on. */
export async function measurePaused(of: Case, progress: Progress): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  quietRuntime()
  const place = await newPlace(of, opened)
  const world = await openWorld(place, opened, { durability: of.durability })
  const server = await openServer(opened)
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

  const chosen = everyNth(await openTasks(world.database), of.isQuick ? 5 : WAKES)
  const latencies = await decideEach(onTemporal, chosen, (share) => progress(0.8 + 0.2 * share, 'people decide'))
  const { p50Ms, p99Ms } = latencyOf(latencies)
  const memory = [
    { what: 'the process of the worker, before', value: inMb(before.rssBytes), unit: 'MB' },
    { what: 'the process of the worker, all paused', value: inMb(after.rssBytes), unit: 'MB' },
    { what: 'of it the thread of the engine, after garbage was collected', value: inMb(after.engineBytes), unit: 'MB' },
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
    { what: 'next step begins after a decision, p50', value: p50Ms, unit: 'ms' },
    { what: 'next step begins after a decision, p99', value: p99Ms, unit: 'ms' },
  ]
}

/** Some from all over a list: those that paused first and those that paused last. */
function everyNth<Item>(all: readonly Item[], wanted: number): readonly Item[] {
  const apart = Math.max(1, Math.floor(all.length / wanted))
  return all.filter((_, index) => index % apart === 0).slice(0, wanted)
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
