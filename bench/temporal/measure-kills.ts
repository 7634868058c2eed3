import { startPostgres } from '../../test/support/postgres.ts'
import { MortalCluster } from '../../test/processes/temporal-kills.ts'
import { killUnderLoad } from '../../test/processes/under-load.ts'
import type { Case, Figure, Progress } from '../scenarios/scenario.ts'
import { postgresSettings } from '../world/postgres-settings.ts'

const MINUTES = 5
const QUICK_MINUTES = 0.3
const SEED = 20_261_122

/** Throws, and says what, when anything is lost or doubled. */
export async function measureKills({ isQuick, minutes }: Case, progress: Progress): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.adopt(await startPostgres(postgresSettings), (one) => one.stop())
  const cluster = opened.adopt(await MortalCluster.start(), (one) => one.close())
  const lasts = minutes ?? (isQuick ? QUICK_MINUTES : MINUTES)
  const startedAt = performance.now()
  const told = await killUnderLoad({
    place: { kind: 'postgres', url: await postgres.createDatabase() },
    cluster,
    seed: SEED,
    minutes: lasts,
    lives: isQuick ? 4 : 20,
    onProgress: (text) => progress(Math.min(1, (performance.now() - startedAt) / (lasts * 60_000)), text),
  })
  return [
    { what: 'a worker was killed with -9', value: told.workersKilled, unit: 'times' },
    { what: 'Temporal’s server was killed with -9', value: told.clusterKilled, unit: 'times' },
    { what: 'under load', value: told.loadSeconds, unit: 's' },
    { what: 'until everybody was answered', value: told.seconds, unit: 's' },
    { what: 'partner approvals, each led to its end', value: told.runs, unit: 'runs' },
    { what: 'of them driven by Temporal', value: told.onTemporal, unit: 'runs' },
    { what: 'starts, decisions, answers and cancels acknowledged', value: told.acknowledged, unit: 'times' },
    { what: 'requests that nobody answered, made again', value: told.unanswered, unit: 'times' },
    { what: 'effects in doubt that a person settled', value: told.settledByPeople, unit: 'times' },
  ]
}
