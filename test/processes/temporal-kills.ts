import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { Crowd } from './crowd.ts'
import { type Reckoned, reckon } from './reckoning.ts'
import { inScene, type SceneSettings } from './scene.ts'
import type { Environment } from './server.ts'
import { Fault } from './trail.ts'

/** A cluster of one server whose state is in a file, so that it can die and come back under the same address. */
export class MortalCluster {
  readonly #folder: string
  #server: DevServer

  private constructor(folder: string, server: DevServer) {
    this.#folder = folder
    this.#server = server
  }

  static async start(): Promise<MortalCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'sijil-temporal-'))
    return new MortalCluster(folder, await startDevServer({ file: join(folder, 'server.db') }))
  }

  /** Durable workflows start on it. */
  get environment(): Environment {
    return { SIJIL_ENGINE: 'temporal', SIJIL_TEMPORAL_ADDRESS: this.#server.address }
  }

  async kill(): Promise<void> {
    const ended = once(this.#server.child, 'exit')
    this.#server.child.kill('SIGKILL')
    await ended
  }

  async restart(): Promise<void> {
    const port = Number(this.#server.address.split(':').at(-1))
    this.#server = await startDevServer({ file: join(this.#folder, 'server.db'), port })
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export interface TemporalKillsSettings extends SceneSettings {
  readonly cluster: MortalCluster
  readonly times: number
  readonly lives: number
}

export interface TemporalKillsTold extends Reckoned {
  readonly acknowledged: number
  /** While the cluster was down. */
  readonly acknowledgedMeanwhile: number
  readonly seconds: number
}

const LONGEST_PEACE_MS = 3_000
const ABSENCE_MS = 3_000

/** The cluster is killed under a server that is at work, and comes back: what people say meanwhile is taken, and nothing is lost. */
export const killTemporal = ({ cluster, times, lives, ...settings }: TemporalKillsSettings) =>
  inScene({ ...settings, environment: cluster.environment }, async (scene): Promise<TemporalKillsTold> => {
    const { chance, trail, book } = scene
    const crowd = new Crowd(scene, lives)
    const server = scene.serve()
    await server.ready
    crowd.fill()
    let acknowledgedMeanwhile = 0
    for (let time = 1; time <= times; time += 1) {
      await crowd.orFault(pause(chance.upTo(LONGEST_PEACE_MS)))
      await cluster.kill()
      trail.say('the cluster was killed')
      const before = book.acknowledged
      // New applications are taken while nobody drives them.
      crowd.begin()
      await crowd.orFault(pause(ABSENCE_MS))
      acknowledgedMeanwhile += book.acknowledged - before
      await cluster.restart()
      trail.say('the cluster is back')
      scene.progress(`${time}/${times} deaths of Temporal, ${book.acknowledged} acknowledged`)
    }
    await crowd.finish()
    if (server.isOver) throw new Fault('the server did not outlive its cluster')
    // While it had no cluster it had to say so.
    scene.errors.length = 0
    const reckoned = await reckon(scene, [server])
    return { ...reckoned, acknowledged: book.acknowledged, acknowledgedMeanwhile, seconds: Math.round(trail.seconds) }
  })

/** Told to stop while its cluster is away, a server at work ends; the next one goes on when the cluster is back. */
export const stopWithoutTemporal = ({ cluster, lives, ...settings }: Omit<TemporalKillsSettings, 'times'>) =>
  inScene({ ...settings, environment: cluster.environment }, async (scene): Promise<Reckoned> => {
    const crowd = new Crowd(scene, lives)
    const first = scene.serve()
    await first.ready
    crowd.fill()
    await crowd.orFault(pause(scene.chance.upTo(LONGEST_PEACE_MS)))
    await cluster.kill()
    await first.signal('SIGTERM')
    scene.trail.say('the server has stopped without its cluster')
    await cluster.restart()
    scene.errors.length = 0
    const next = scene.serve()
    await next.ready
    await crowd.finish()
    return reckon(scene, [next])
  })
