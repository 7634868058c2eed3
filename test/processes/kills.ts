import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../scripts/start/process-output.ts'
import { Crowd } from './crowd.ts'
import { type Reckoned, reckon } from './reckoning.ts'
import { inScene, type Scene, type SceneSettings } from './scene.ts'

export interface KillsSettings extends SceneSettings {
  readonly kills: number
  /** How many applications are under way at once. Default 14. */
  readonly lives?: number
}

export interface KillsTold extends Reckoned {
  readonly kills: number
  /** Of them, before the server had answered for the first time. */
  readonly duringStart: number
  readonly acknowledged: number
  readonly unanswered: number
  readonly repeated: number
  readonly settledByPeople: number
  /** From the start of the process to its first answer: the middle one of all that got there, and the slowest. */
  readonly startMs: { readonly median: number; readonly slowest: number }
  readonly seconds: number
}

const LIVES = 14
/** Until one start has been seen, it is taken to last so long. */
const START_MS = 1_500

/** A server that is killed again and again while people work with it, and started again at once. */
export const killTheServer = (settings: KillsSettings): Promise<KillsTold> =>
  inScene(settings, async (scene) => {
    const crowd = new Crowd(scene, settings.lives ?? LIVES)
    const starts: number[] = []
    let duringStart = 0
    for (let kill = 1; kill <= settings.kills; kill += 1) {
      if (await crowd.orFault(startAndKill(scene, starts, () => crowd.fill()))) duringStart += 1
      scene.progress(`${kill}/${settings.kills} kills, ${scene.book.acknowledged} acknowledged`)
    }
    const server = scene.serve()
    starts.push(await server.ready)
    crowd.fill()
    scene.progress(`${settings.kills} kills; the rest is worked to its end`)
    await crowd.finish()
    const reckoned = await reckon(scene, [server])
    const { book, trail } = scene
    const sorted = starts.toSorted((one, other) => one - other)
    return {
      ...reckoned,
      kills: settings.kills,
      duringStart,
      acknowledged: book.acknowledged,
      unanswered: book.unanswered,
      repeated: book.repeated,
      settledByPeople: book.settled.length,
      startMs: {
        median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
        slowest: Math.round(sorted.at(-1) ?? 0),
      },
      seconds: Math.round(trail.seconds),
    }
  })

/**
 * A quarter of the kills come while it starts, a quarter at a moment drawn from the time that a start takes, when everybody asks
 * again; the others at a moment drawn after it has acknowledged something, so that the work gets on however slow the machine is.
 */
async function startAndKill(scene: Scene, starts: number[], onReady: () => void): Promise<boolean> {
  const { chance, trail, book } = scene
  const startMs = starts.at(-1) ?? START_MS
  const [kind, enough] = [chance.whole(4), chance.whole(ACKNOWLEDGED_MAX)]
  const afterMs = chance.upTo(kind === 0 ? startMs : kind === 1 ? startMs / 3 : SEVERAL_MS)
  const server = scene.serve()
  let isReady = false
  const ready = server.ready.then((ms) => {
    isReady = true
    starts.push(ms)
    onReady()
  })
  const wanted = book.acknowledged + enough
  if (kind === 0) await Promise.race([pause(afterMs), ready.then(() => pause(afterMs))])
  else {
    await ready
    if (kind > 1)
      await until(async () => (book.acknowledged >= wanted ? true : undefined), { ...PATIENCE, what: 'work' })
    await pause(afterMs)
  }
  await server.signal('SIGKILL')
  trail.say(`killed ${isReady ? '' : 'while it started, '}after ${Math.round(afterMs)} ms`)
  return !isReady
}

const ACKNOWLEDGED_MAX = 12
const SEVERAL_MS = 400
/** On Postgres the runs of a killed server are free after their lease only. */
const PATIENCE = { everyMs: 5, forMs: 600_000 }
