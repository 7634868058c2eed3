import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { until } from '../../scripts/start/process-output.ts'
import { Crowd } from './crowd.ts'
import { type Reckoned, reckon } from './reckoning.ts'
import { inScene, type Scene, type SceneSettings } from './scene.ts'
import type { Server } from './server.ts'

export interface FrozenSettings extends Omit<SceneSettings, 'place'> {
  readonly url: string
  readonly times: number
  readonly lives?: number
}

export interface FrozenTold extends Reckoned {
  readonly times: number
  /** Runs that the server held when it was stopped, in all. */
  readonly held: number
  readonly acknowledged: number
  readonly unanswered: number
  readonly seconds: number
}

const LIVES = 10
const BURST = 4
const TAKEN_OVER_MS = 180_000
/** What a server still had to send when it went on has arrived by then. */
const ARRIVED_MS = 3_000
const PATIENCE_MS = 5_000

/** Of two servers on one ledger, one is stopped past its leases while it works; the other takes over; the first goes on. */
export const freezeAServer = ({ url, times, lives = LIVES, ...settings }: FrozenSettings): Promise<FrozenTold> =>
  inScene(
    { ...settings, place: { kind: 'postgres', url }, servers: 2, patienceMs: PATIENCE_MS },
    async (scene): Promise<FrozenTold> => {
      const crowd = new Crowd(scene, lives)
      const one = scene.serve(0)
      await one.ready
      const other = scene.serve(1)
      await other.ready
      crowd.fill()
      await using holds = await openHolds(url)
      let held = 0
      for (let time = 1; time <= times; time += 1) {
        held += await crowd.orFault(freeze(scene, crowd, one, () => holds.of(one)))
        scene.progress(
          `${time}/${times} times frozen, ${held} runs taken over, ${scene.book.acknowledged} acknowledged`,
        )
      }
      await crowd.finish()
      const { book, trail } = scene
      const reckoned = await reckon(scene, [one, other])
      const { acknowledged, unanswered } = book
      return { ...reckoned, times, held, acknowledged, unanswered, seconds: Math.round(trail.seconds) }
    },
  )

/** Resolves with how many runs it held when it was stopped; all of them went on elsewhere before it did. */
async function freeze(
  scene: Scene,
  crowd: Crowd,
  server: Server,
  holds: () => Promise<readonly string[]>,
): Promise<number> {
  const { chance, trail } = scene
  const held = await until(
    async () => {
      for (let start = 0; start < BURST; start += 1) crowd.begin(scene.urls[0])
      await pause(chance.upTo(1_000))
      await server.signal('SIGSTOP')
      scene.isQuiet = false
      // The statement that it had sent may still commit.
      await pause(200)
      const runs = await holds()
      if (runs.length > 0) return runs
      await server.signal('SIGCONT')
      return undefined
    },
    { what: 'the server holds a run', forMs: TAKEN_OVER_MS },
  )
  trail.say(`frozen, holding ${held.join(', ')}`)
  await until(async () => ((await holds()).length === 0 ? true : undefined), {
    what: 'the other server takes over',
    forMs: TAKEN_OVER_MS,
  })
  await pause(chance.upTo(2_000))
  await server.signal('SIGCONT')
  trail.say('it goes on')
  await pause(ARRIVED_MS)
  scene.isQuiet = true
  return held.length
}

interface Holds extends AsyncDisposable {
  of(server: Server): Promise<readonly string[]>
}

/** Which runs a server holds, as the ledger has it: a server that is stopped cannot be asked. */
async function openHolds(url: string): Promise<Holds> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    async of({ pid }) {
      const { rows } = await client.query<{ id: string }>(
        "select id from sijil.runs where status = 'running' and worker = $1",
        [`${hostname()}/${pid}`],
      )
      return rows.map(({ id }) => id)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
