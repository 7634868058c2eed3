import { decideTask } from '../../src/decisions/decide-task.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { alongside, drain } from '../measure.ts'
import { latencyOf } from '../measuring/latency.ts'
import { begun } from '../world/begun.ts'
import { openTasks, type OpenTask } from '../world/looks.ts'
import { newPlace } from '../world/place.ts'
import { openWorld, type World } from '../world/world.ts'
import type { Figure, Progress, Scenario } from './scenario.ts'

const LOAD = 50

export const decision: Scenario = {
  name: 'decision',
  title: 'From a decision to the next step',
  measures:
    'from the moment a decision is submitted (the command that the HTTP route calls) to the moment the `do` of the next step begins; the run had been unloaded and is read back from the ledger',
  durable: 'the decision, its audit row and the letter that wakes the run',
  async run({ database, durability, isQuick }, progress) {
    await using opened = new AsyncDisposableStack()
    const world = await openWorld(await newPlace({ database, isQuick }, opened), opened, { durability })
    const [decisions, warmUps] = isQuick ? [3, 1] : [1_000, 50]
    progress(0, 'runs pause')
    await drain({ runs: 2 * decisions + warmUps, concurrent: LOAD }, () => world.pause('decided'))
    const tasks = [...(await openTasks(world.database))]
    await decideEach(world, tasks.splice(0, warmUps), progress, 0)
    const alone = await decideEach(world, tasks.splice(0, decisions), progress, 0)
    const load = isQuick ? 5 : LOAD
    await drain({ runs: isQuick ? load : 5_000, concurrent: load }, world.run)
    const loaded = await alongside(load, world.run, () => decideEach(world, tasks, progress, 0.5))
    return [...figuresOf('alone', alone), ...figuresOf(`with ${LOAD} runs going on`, loaded)]
  },
}

interface Decided {
  readonly answeredMs: number
  readonly begunMs: number
}

/** One after another; the next is submitted when the run before has ended or the engine has nothing else to do. */
async function decideEach(
  { parts }: World,
  tasks: readonly OpenTask[],
  progress: Progress,
  from: number,
): Promise<readonly Decided[]> {
  const decided: Decided[] = []
  for (const [place, { id, tenant, run, digest }] of tasks.entries()) {
    if (place % 10 === 0) progress(from + place / tasks.length / 2, 'people decide')
    const begins = begun(run)
    const submittedAt = performance.now()
    await decideTask(parts, actor(tenant, 'manager'), { task: id, verdict: 'approve', digest, value: {} })
    const answeredMs = performance.now() - submittedAt
    decided.push({ answeredMs, begunMs: (await begins) - submittedAt })
  }
  return decided
}

function figuresOf(when: string, decided: readonly Decided[]): readonly Figure[] {
  const begins = latencyOf(decided.map(({ begunMs }) => begunMs))
  const answered = latencyOf(decided.map(({ answeredMs }) => answeredMs))
  return [
    { what: `next step begins, p50, ${when}`, value: begins.p50Ms, unit: 'ms' },
    { what: `next step begins, p99, ${when}`, value: begins.p99Ms, unit: 'ms' },
    { what: `the decider is answered, p50, ${when}`, value: answered.p50Ms, unit: 'ms' },
    { what: `the decider is answered, p99, ${when}`, value: answered.p99Ms, unit: 'ms' },
  ]
}
