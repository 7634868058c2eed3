import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestPostgres } from '../support/postgres.ts'
import { Crowd } from './crowd.ts'
import { type Reckoned, reckon } from './reckoning.ts'
import { inScene, type SceneSettings } from './scene.ts'
import { Fault } from './trail.ts'

export interface PostgresKillsSettings extends Omit<SceneSettings, 'place'> {
  readonly postgres: TestPostgres
  readonly times: number
  readonly lives?: number
}

export interface PostgresKillsTold extends Reckoned {
  readonly times: number
  readonly acknowledged: number
  readonly unanswered: number
  /** From the new start of Postgres to the first answer of a server that says it is well: the slowest. */
  readonly slowestRecoveryMs: number
  readonly seconds: number
}

const LIVES = 14
const LONGEST_PEACE_MS = 2_000
const LONGEST_ABSENCE_MS = 1_500

/** The database is killed under a server that is at work, and comes back; the server goes on without being started again. */
export const killPostgres = async ({ postgres, times, lives = LIVES, ...settings }: PostgresKillsSettings) => {
  const place = { kind: 'postgres', url: await postgres.createDatabase() } as const
  return inScene({ ...settings, place }, async (scene): Promise<PostgresKillsTold> => {
    const { chance, trail, book, office } = scene
    const crowd = new Crowd(scene, lives)
    const server = scene.serve()
    await server.ready
    crowd.fill()
    let slowestRecoveryMs = 0
    for (let time = 1; time <= times; time += 1) {
      await crowd.orFault(pause(chance.upTo(LONGEST_PEACE_MS)))
      killAll(postgres)
      await postgres.kill()
      trail.say('postgres was killed')
      await crowd.orFault(pause(chance.upTo(LONGEST_ABSENCE_MS)))
      await postgres.restart()
      const backAt = performance.now()
      trail.say('postgres is back')
      await crowd.orFault(office.ask({ method: 'GET', path: '/health' }))
      slowestRecoveryMs = Math.max(slowestRecoveryMs, performance.now() - backAt)
      scene.progress(`${time}/${times} deaths of Postgres, ${book.acknowledged} acknowledged`)
    }
    await crowd.finish()
    if (server.isOver) throw new Fault('the server did not outlive its database')
    // While it had no database it had to say so.
    scene.errors.length = 0
    const reckoned = await reckon(scene, [server])
    return {
      ...reckoned,
      times,
      acknowledged: book.acknowledged,
      unanswered: book.unanswered,
      slowestRecoveryMs: Math.round(slowestRecoveryMs),
      seconds: Math.round(trail.seconds),
    }
  })
}

/** The server and every process of it at once, so that none of them can end in order. */
function killAll({ url }: TestPostgres): void {
  const home = new URL(url).searchParams.get('host') ?? ''
  const [postmaster = ''] = readFileSync(join(home, 'data/postmaster.pid'), 'utf8').split('\n')
  const children = execFileSync('pgrep', ['-P', postmaster], { encoding: 'utf8' }).split('\n')
  for (const pid of [postmaster, ...children].filter((text) => text !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
