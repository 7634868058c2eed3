import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker'
import { startDevServer } from '../../scripts/temporal/dev-server.ts'
import { measure } from '../measure.ts'
import { openByHand } from './by-hand.ts'
import { openOnTemporal } from './on-temporal.ts'
import { newPlace } from '../world/place.ts'
import { openWorld } from '../world/world.ts'
import type { Case, Figure, Progress } from '../scenarios/scenario.ts'

/** How many runs: on Temporal each takes some ten or hundred times as long. */
const RUNS = { local: 5_000, temporal: 1_000 } as const

/** The local engine, our engine on Temporal, and the same by hand, one after another. */
export async function measureTemporal(
  { database, durability, isQuick }: Case,
  progress: Progress,
): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  })
  const place = await newPlace({ database, isQuick }, opened)
  const world = await openWorld(place, opened, { durability })
  const { address, client } = await openServer(opened)
  const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url))
  const bundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  const byHand = await openByHand(address, client, bundle, opened)
  const ours = await openOnTemporal(world, place, address, bundle, opened)
  const figures: Figure[] = []
  const all = [
    { name: 'the local engine', runs: RUNS.local, work: world.run },
    { name: 'Sijil on Temporal', runs: RUNS.temporal, work: ours },
    { name: 'by hand on Temporal', runs: RUNS.temporal, work: byHand },
  ] as const
  for (const [index, { name, runs, work }] of all.entries()) {
    progress(index / all.length, name)
    const many = await measure({ runs: isQuick ? 10 : runs, concurrent: isQuick ? 5 : 50 }, work)
    const alone = await measure({ runs: isQuick ? 2 : runs / 20, concurrent: 1 }, work)
    figures.push(
      { what: `${name}, runs at 50 concurrent`, value: many.perSecond, unit: 'runs/s' },
      { what: `${name}, p50 at 50 concurrent`, value: many.p50Ms, unit: 'ms' },
      { what: `${name}, p50 alone`, value: alone.p50Ms, unit: 'ms' },
      { what: `${name}, p99 alone`, value: alone.p99Ms, unit: 'ms' },
    )
  }
  return figures
}

async function openServer(opened: AsyncDisposableStack): Promise<{ address: string; client: Client }> {
  const folder = await mkdtemp(join(tmpdir(), 'sijil-bench-temporal-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const { address, child } = await startDevServer({ file: join(folder, 'server.db') })
  opened.defer(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const connection = opened.adopt(await Connection.connect({ address }), (one) => one.close())
  return { address, client: new Client({ connection }) }
}
