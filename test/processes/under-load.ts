import { setTimeout as pause } from 'node:timers/promises'
import { Crowd } from './crowd.ts'
import { type Reckoned, reckon } from './reckoning.ts'
import { inScene, type Scene, type SceneSettings } from './scene.ts'
import type { MortalCluster } from './temporal-kills.ts'

export interface UnderLoadSettings extends Omit<SceneSettings, 'servers' | 'environment'> {
  readonly cluster: MortalCluster
  /** How long processes are killed; then the work is led to its end. */
  readonly minutes: number
  /** How many applications are under way at once. */
  readonly lives: number
}

export interface UnderLoadTold extends Reckoned {
  readonly workersKilled: number
  readonly clusterKilled: number
  readonly acknowledged: number
  readonly unanswered: number
  readonly settledByPeople: number
  /** How long processes were killed. */
  readonly loadSeconds: number
  readonly seconds: number
}

const PEACE_MS_MIN = 1_500
const PEACE_MS_SPREAD = 3_000
const ABSENCE_MS = 3_000
/** Servers find a cluster that is back within this, and say until then that they do not. */
const FOUND_AGAIN_MS = 10_000
/** At these shares of the time the cluster dies. */
const CLUSTER_DIES = [1 / 3, 2 / 3] as const
const PATIENCE_MS = 5_000

/**
 * Of two workers on one ledger, one after another is killed every few seconds while people work with them, and twice the cluster
 * under both. Throws a `Fault` that names what was lost or doubled.
 */
export const killUnderLoad = ({ cluster, minutes, lives, ...settings }: UnderLoadSettings) =>
  inScene(
    { ...settings, environment: cluster.environment, servers: 2, patienceMs: PATIENCE_MS },
    async (scene): Promise<UnderLoadTold> => {
      const { chance, trail, book } = scene
      const servers = [scene.serve(0)]
      await servers[0]?.ready
      servers.push(scene.serve(1))
      await servers[1]?.ready
      const crowd = new Crowd(scene, lives)
      crowd.fill()
      const loadMs = minutes * 60_000
      const startedAt = performance.now()
      let [workersKilled, clusterKilled] = [0, 0]
      for (let share = 0; share < 1 || clusterKilled < CLUSTER_DIES.length; ) {
        await crowd.orFault(pause(PEACE_MS_MIN + chance.upTo(PEACE_MS_SPREAD)))
        if (share >= (CLUSTER_DIES[clusterKilled] ?? 1)) {
          await crowd.orFault(killCluster(scene, cluster))
          clusterKilled += 1
        } else {
          const place = chance.whole(servers.length)
          await servers[place]?.signal('SIGKILL')
          trail.say(`server ${place} was killed`)
          const successor = scene.serve(place)
          servers[place] = successor
          await crowd.orFault(successor.ready)
          workersKilled += 1
        }
        share = (performance.now() - startedAt) / loadMs
        scene.progress(
          `${workersKilled} workers and ${clusterKilled} clusters killed, ${book.acknowledged} acknowledged`,
        )
      }
      const loadSeconds = Math.round((performance.now() - startedAt) / 1_000)
      await crowd.finish()
      const reckoned = await reckon(scene, servers)
      return {
        ...reckoned,
        workersKilled,
        clusterKilled,
        acknowledged: book.acknowledged,
        unanswered: book.unanswered,
        settledByPeople: book.settled.length,
        loadSeconds,
        seconds: Math.round(trail.seconds),
      }
    },
  )

/** While they have no cluster, servers have to say so: those errors are none. */
async function killCluster({ trail, errors }: Scene, cluster: MortalCluster): Promise<void> {
  const before = errors.length
  await cluster.kill()
  trail.say('the cluster was killed')
  await pause(ABSENCE_MS)
  await cluster.restart()
  trail.say('the cluster is back')
  await pause(FOUND_AGAIN_MS)
  errors.length = before
}
