import type { Database, Param, Statement } from '../../src/ledger/database/database.ts'
import { drain, pace, warmUp } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import type { Case, Scenario } from './scenario.ts'

const COMMIT = 'commit_batch'

interface Sent {
  readonly statement: Statement
  readonly params: readonly Param[]
}

/**
 * What the engine sends to `commit_batch` is written down, parameters already encoded, and sent again to an empty ledger by a
 * client that does nothing else: one statement after another, no flow, no engine, no canonical text, no encoding.
 */
export const limit: Scenario = {
  name: 'limit',
  title: 'The limit of the database',
  measures:
    'the very statements that the engine sent for three-step runs at 50 concurrent, sent again by a bare client to an empty ledger, sealing alongside; the middle of three rounds',
  durable: 'the end of the run and everything before it',
  async run(of, progress) {
    const [rounds, runs] = of.isQuick ? [1, 40] : [3, 20_000]
    const ours: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      progress(round / rounds, 'the engine writes')
      const { perSecond, sent } = await record(of, runs)
      ours.push(perSecond)
      progress((round + 0.5) / rounds, 'a bare client writes the same')
      bare.push(await replay(of, runs, sent))
    }
    const [limitOf, engine] = [
      middleOf('runs written by a bare client', 'runs/s', bare),
      middleOf('runs through the engine', 'runs/s', ours),
    ]
    return [limitOf, engine, { what: 'the engine reaches', value: (engine.value / limitOf.value) * 100, unit: '%' }]
  },
}

const LOAD = { concurrent: 50 }

async function record(of: Case, runs: number): Promise<{ perSecond: number; sent: readonly Sent[] }> {
  await using opened = new AsyncDisposableStack()
  const sent: Sent[] = []
  let isOn = false
  const seenAs = (seen: Database): Database => ({
    kind: seen.kind,
    engine: {
      query: (statement, params = []) => {
        if (isOn && statement.name === COMMIT) sent.push({ statement, params })
        return seen.engine.query(statement, params)
      },
    },
    transaction: (who, work) => seen.transaction(who, work),
    script: (sql) => seen.script(sql),
    close: () => seen.close(),
  })
  const world = await openWorld(await newPlace(of, opened), opened, { durability: of.durability, seenAs })
  const load = { ...LOAD, runs }
  await warmUp(load, world.run)
  isOn = true
  const { perSecond } = await pace(load, world.run)
  if (sent.length === 0) throw new Error(`the engine no longer writes by a statement called ${COMMIT}`)
  return { perSecond, sent }
}

async function replay(of: Case, runs: number, sent: readonly Sent[]): Promise<number> {
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(await newPlace(of, opened), opened, { durability: of.durability })
  await drain({ ...LOAD, runs: Math.ceil(runs / 5) }, world.run) // warms the functions up
  const startedAt = performance.now()
  for (const { statement, params } of sent) await world.database.engine.query(statement, params)
  return (runs / (performance.now() - startedAt)) * 1_000
}
