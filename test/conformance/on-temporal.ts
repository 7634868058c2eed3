/** Temporal for tests: one development server, flows bundled once, and an engine that a test world can drive. */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import type { LocalEngineSettings } from '../../src/engine/local/local-engine.ts'
import type { OpenSystems } from '../../src/engine/systems.ts'
import type { StartRun } from '../../src/engine/start.ts'
import { bundleFlows } from '../../src/engine/temporal/bundle.ts'
import type { PayloadKey } from '../../src/engine/temporal/payload-codec.ts'
import { startTemporalEngine, type TemporalEngineSettings } from '../../src/engine/temporal/temporal-engine.ts'
import { askForEnd } from '../../src/ledger/requests/requests.ts'
import type { DrivingEngine } from '../../src/testing/test-world.ts'
import { whileTestsRun } from '../support/databases.ts'

export interface TestCluster {
  readonly address: string
  /** `throughErrands`: what may go wrong between the cluster and the work. `bundle`: that of another release. */
  readonly openEngine: (
    settings: LocalEngineSettings,
    throughErrands?: TemporalEngineSettings['throughErrands'],
    bundle?: WorkflowBundleOption,
  ) => Promise<DrivingEngine>
  close(): Promise<void>
}

/** As `openCluster`, for the suite in which this is called. */
export const clusterForSuite = (flows: URL): (() => TestCluster) => whileTestsRun(() => openCluster(flows))

/** `flows`: the module that exports the workflow type. `key`: what payloads are sealed with; default: one of each world's own. */
export async function openCluster(flows: URL, key?: PayloadKey): Promise<TestCluster> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'sijil-temporal-'))
  const given = process.env['TEMPORAL_ADDRESS']
  const server: DevServer | undefined =
    given === undefined ? await startDevServer({ file: join(folder, 'server.db') }) : undefined
  const own = await bundleFlows(fileURLToPath(flows))
  const address = given ?? server?.address ?? ''
  // The processes of one world share a queue, and open each other's payloads. A world has its own vendors.
  const shared = new WeakMap<OpenSystems, Shared>()
  const sharedBy = (world: OpenSystems): Shared => {
    const known = shared.get(world) ?? {
      taskQueue: `test-${randomUUID()}`,
      key: key ?? { id: 'test', key: randomBytes(32) },
    }
    shared.set(world, known)
    return known
  }
  const stops: Promise<void>[] = []
  return {
    address,
    async openEngine(settings, throughErrands = (errands) => errands, bundle = own) {
      const { driving, stop } = await openEngine(
        { ...settings, throughErrands },
        { address, bundle, ...sharedBy(settings.openSystems) },
      )
      return { ...driving, abandon: () => void stops.push(stop()) }
    },
    async close() {
      await Promise.all(stops) // a worker cannot take its leave of a server that is gone
      if (server !== undefined) {
        const ended = once(server.child, 'exit')
        server.child.kill('SIGKILL')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Shared {
  readonly taskQueue: string
  readonly key: PayloadKey
}

async function openEngine(
  settings: LocalEngineSettings & Pick<TemporalEngineSettings, 'throughErrands'>,
  { address, bundle, taskQueue, key }: Shared & { readonly address: string; readonly bundle: WorkflowBundleOption },
): Promise<{ readonly driving: Omit<DrivingEngine, 'abandon'>; readonly stop: () => Promise<void> }> {
  const { database } = settings
  const engine = await startTemporalEngine({
    ...settings,
    cluster: { address, namespace: 'default', tls: false, apiKey: undefined },
    taskQueue,
    bundle,
    keys: [key],
    askForEnd: ({ tenant, run }, why) =>
      database.transaction({ role: 'member', tenant }, (session) =>
        askForEnd(session, { tenant, person: 'temporal', source: 'temporal' }, { run, undo: true, why }),
      ),
    lookEveryMs: 100,
    graceMs: 0,
  })
  const driving = {
    start: (wanted: StartRun) => engine.start(wanted),
    wake: (run: string) => engine.wake(run),
    clockMoved: () => engine.clockMoved(),
    async idle() {
      for (;;) {
        const [row] = await database.transaction({ role: 'owner' }, (session) =>
          session.query<{ busy: number }>(
            {
              name: '',
              text: `select count(*) as busy from sijil.runs where engine = 'temporal'
                and (status in ('ready', 'running') or (status = 'waiting' and due_ms <= sijil.now_ms()))`,
            },
            [],
          ),
        )
        if (Number(row?.busy) === 0) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
  }
  return { driving, stop: () => engine.stop() }
}
