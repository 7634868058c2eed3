/** Both engines on one ledger, as in a process that has a cluster; and one that moves every run at every wait. */
import { joinEngines } from '../../src/composition/engines.ts'
import { type LocalEngineSettings, startLocalEngine } from '../../src/engine/local/local-engine.ts'
import { askForMove, type Side } from '../../src/ledger/requests/moves.ts'
import type { DrivingEngine } from '../../src/testing/test-world.ts'
import type { TestCluster } from '../conformance/on-temporal.ts'

export async function openBoth(cluster: TestCluster, settings: LocalEngineSettings): Promise<DrivingEngine> {
  const local = await startLocalEngine(settings)
  const temporal = await cluster.openEngine({ ...settings, worker: `${settings.worker}/temporal` })
  return {
    ...joinEngines(local, temporal),
    clockMoved: async () => void (await Promise.all([local.clockMoved(), temporal.clockMoved()])),
    idle: async () => void (await Promise.all([local.idle(), temporal.idle()])),
    abandon() {
      local.abandon()
      temporal.abandon()
    },
  }
}

/** Whenever all has come to rest, whatever waits is moved to the other engine. `moves` counts how often. */
export async function openMoving(
  cluster: TestCluster,
  settings: LocalEngineSettings,
  moves: { count: number },
): Promise<DrivingEngine> {
  const { database, definitions } = settings
  const both = await openBoth(cluster, settings)

  async function moveWhatRests(): Promise<void> {
    const resting = await database.transaction({ role: 'owner' }, (session) =>
      session.query<{ tenant: string; id: string; to: Side }>({
        name: '',
        text: `select tenant, id, case engine when 'temporal' then 'local' else 'temporal' end as to
          from sijil.runs where status in ('waiting', 'stuck')`,
      }),
    )
    for (const { tenant, id, to } of resting) {
      const by = { tenant, person: 'operator', source: 'test' }
      const move = { to, loadable: definitions.loadable, why: 'at every wait' }
      const answer = await database.transaction({ role: 'engine' }, (session) => askForMove(session, by, id, move))
      if (answer === 'RUN_BUSY') continue // an effect is under way, and waits for word from its vendor
      if (answer !== 'MOVED') throw new Error(`the run ${id} rests, and to move it was answered with ${answer}`)
      moves.count += 1
      both.wake(id)
    }
  }

  return {
    ...both,
    async idle() {
      await both.idle()
      await moveWhatRests()
      await both.idle()
    },
  }
}
