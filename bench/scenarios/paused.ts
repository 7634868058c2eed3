import { sendSignal } from '../../src/engine/commands/send-signal.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { fillPlace, writeOriginals } from '../fill/originals.ts'
import { latencyOf } from '../measuring/latency.ts'
import { drain, pace } from '../measure.ts'
import { inMb, type Memory, memoryNow, watchWorkers } from '../measuring/memory.ts'
import { begun } from '../world/begun.ts'
import { countRuns, someWaiting } from '../world/looks.ts'
import { newPlace, type Place } from '../world/place.ts'
import { sealAll } from '../world/seal-all.ts'
import { openWorld, type StartedHere, type World } from '../world/world.ts'
import type { Case, Figure, Progress, Scenario } from './scenario.ts'

const WAKES = 1_000
/** So many runs are paused before memory is looked at first: code that was never run before takes memory once. */
const WARM_UP_PAUSES = 500
const measures =
  'memory of the engine after garbage was collected, and from the moment a signal is submitted to the moment the `do` of the next step begins, one after another'
const durable = 'the signal, its audit row and the word that wakes the run'
const paused = { durabilities: ['travelling'], durable } as const

/** The engine that is measured has itself paused every one of these runs: what it should forget would show here. */
export const pausedByTheEngine: Scenario = {
  name: 'paused-100k',
  title: '100,000 paused runs',
  measures: `${measures}; the engine paused all of them itself, 500 at a time`,
  ...paused,
  async run(of, progress) {
    watchWorkers()
    await using opened = new AsyncDisposableStack()
    const runs = of.isQuick ? 30 : 100_000
    const world = await openWorld(await newPlace(of, opened), opened, { durability: of.durability })
    const warm = of.isQuick ? 5 : WARM_UP_PAUSES
    await drain({ runs: warm, concurrent: warm }, () => world.pause('signalled'))
    const before = await memoryNow()
    let done = 0
    const { perSecond } = await pace({ runs, concurrent: Math.min(runs, 500) }, async () => {
      await world.pause('signalled')
      done += 1
      if (done % 100 === 0) progress((0.8 * done) / runs, 'runs pause')
    })
    await sealAll(world)
    const after = await memoryNow()
    const { durable: _, ...pausing }: Figure = {
      what: 'runs paused at 500 concurrent',
      value: perSecond,
      unit: 'runs/s',
    }
    return [
      { ...pausing, durable: 'the first step, the wait and that the run is parked' },
      ...memoryFigures(before, after, runs),
      ...(await wakes(world, of, (share, what) => progress(0.8 + 0.2 * share, what))),
    ]
  },
}

export const pausedInBulk: Scenario = {
  name: 'paused-1m',
  title: '1,000,000 paused runs',
  measures: `${measures}; 100 of them were paused by the engine, the others are copies of those rows, made by the database`,
  ...paused,
  async run(of, progress) {
    watchWorkers()
    await using opened = new AsyncDisposableStack()
    const runs = of.isQuick ? 40 : 1_000_000
    const place = await newPlace(of, opened)
    const before = await emptyWorld(place, of)
    const originals = await writeOriginals(place, 'signalled')
    const copies = runs - originals.length
    await fillPlace(place, {
      originals,
      copies,
      after: 0,
      onSlice: (made) => progress((0.8 * made) / copies, 'rows are copied'),
    })
    const world = await openWorld(place, opened, { durability: of.durability })
    const held = await countRuns(world.database)
    if (held !== runs) throw new Error(`the ledger holds ${held} runs and should hold ${runs}`)
    const after = await memoryNow()
    return [
      ...memoryFigures(before, after, runs),
      ...(await wakes(world, of, (share, what) => progress(0.8 + 0.2 * share, what))),
    ]
  },
}

async function emptyWorld(place: Place, { durability }: Case): Promise<Memory> {
  await using opened = new AsyncDisposableStack()
  await openWorld(place, opened, { durability })
  return await memoryNow()
}

function memoryFigures(before: Memory, after: Memory, runs: number): readonly Figure[] {
  const grown = Math.max(0, after.engineBytes - before.engineBytes)
  const figures: readonly Figure[] = [
    { what: 'the engine, before', value: inMb(before.engineBytes), unit: 'MB' },
    { what: 'the engine, all paused', value: inMb(after.engineBytes), unit: 'MB' },
    { what: 'a paused run', value: grown / runs, unit: 'bytes' },
    { what: 'the whole process, before', value: inMb(before.rssBytes), unit: 'MB' },
    { what: 'the whole process, all paused', value: inMb(after.rssBytes), unit: 'MB' },
    ...(after.threadBytes === 0
      ? []
      : [{ what: 'of it the thread of the embedded database', value: inMb(after.threadBytes), unit: 'MB' } as const]),
  ]
  return figures.map((figure) => ({ ...figure, durable: '–' }))
}

async function wakes(world: World, { isQuick }: Case, progress: Progress): Promise<readonly Figure[]> {
  const [wanted, warmUps] = isQuick ? [3, 1] : [WAKES, 50]
  const chosen = await someWaiting(world.database, wanted + warmUps)
  await wakeEach(world, chosen.slice(0, warmUps), progress)
  const latencies = await wakeEach(world, chosen.slice(warmUps), progress)
  const { p50Ms, p99Ms } = latencyOf(latencies)
  return [
    { what: 'next step begins after a signal, p50', value: p50Ms, unit: 'ms' },
    { what: 'next step begins after a signal, p99', value: p99Ms, unit: 'ms' },
  ]
}

/** Alone: each run has ended before the next one is woken. */
async function wakeEach(
  { parts, engine }: World,
  chosen: readonly StartedHere[],
  progress: Progress,
): Promise<number[]> {
  const latencies: number[] = []
  for (const [place, { tenant, run }] of chosen.entries()) {
    progress(place / chosen.length, 'signals wake')
    const begins = begun(run)
    const submittedAt = performance.now()
    await sendSignal(parts, actor(tenant, 'operator'), { run, signal: 'go', payload: { n: 1 }, id: run })
    latencies.push((await begins) - submittedAt)
    await engine.idle()
  }
  return latencies
}
