/** Joins the Temporal engine to the rooms. Its packages are loaded here and only when a cluster is configured: they are optional. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalEngineSettings } from '../engine/local/local-engine.ts'
import type { ClusterSettings } from '../engine/temporal/cluster.ts'
import type { WorkerMetrics } from '../engine/temporal/runtime.ts'
import type { TemporalEngine, TemporalEngineSettings } from '../engine/temporal/temporal-engine.ts'
import type { Tracing } from '../engine/temporal/tracing/tracing.ts'
import type { RunRef } from '../engine/temporal/wire.ts'
import type { Database } from '../ledger/database/database.ts'
import { askForEnd } from '../ledger/requests/requests.ts'
import { loadPayloadKeys } from '../trust/payload-keys.ts'
import type { Log } from './log.ts'
import { type SijilSettings, UnusableSettings } from './settings.ts'
import type { TelemetrySettings } from './telemetry-settings.ts'
import { TemporalNotInstalled } from './temporal-not-installed.ts'
import type { TemporalSettings } from './temporal-settings.ts'
import { TracingNotInstalled } from './tracing-not-installed.ts'
import { version } from './version.ts'

/** What both engines drive runs with. */
export type DrivingParts = Pick<
  LocalEngineSettings & TemporalEngineSettings,
  'database' | 'definitions' | 'openSystems' | 'holdsBack' | 'openServices' | 'calendarOf' | 'worker' | 'onTrouble'
>

export interface OpenTemporal {
  readonly settings: SijilSettings
  readonly log: Log
  readonly driving: DrivingParts
}

/**
 * The engine, when a cluster is configured; it need not be up. Throws `TemporalNotInstalled`, `UnusableSettings` (a file of the
 * certificate), `KeyError`, `TracingNotInstalled`.
 */
export async function openTemporal({ settings, log, driving }: OpenTemporal): Promise<TemporalEngine | undefined> {
  const { temporal, telemetry, keysDir } = settings
  if (temporal === undefined) return undefined
  const cluster = await clusterOf(temporal)
  const keys = await loadPayloadKeys({ environment: temporal.payloadKeys, directory: keysDir })
  const { startTemporalEngine, installRuntime, bundleFlows } = await loadEngine()
  const tracing = await openTraces(telemetry, log, driving.worker)
  installRuntime({
    tell: (level, message, facts) => log[level]({ facts }, message),
    metrics: metricsOf(temporal, telemetry),
  })
  return startTemporalEngine({
    ...driving,
    cluster,
    taskQueue: temporal.taskQueue,
    cachedRuns: temporal.cachedRuns,
    bundle: existsSync(packedBundle) ? { codePath: packedBundle } : await bundleFlows(sandboxModule()),
    keys,
    askForEnd: (ref, why) => askAsTemporal(driving.database, log, ref, why),
    tracing,
  })
}

/** Undefined when no collector is configured. Throws `TracingNotInstalled`. */
async function openTraces({ traces }: TelemetrySettings, log: Log, worker: string): Promise<Tracing | undefined> {
  if (traces === undefined) return undefined
  const { openTracing } = await import('../engine/temporal/tracing/open-tracing.ts').catch((error: unknown) => {
    throw isMissing(error) ? new TracingNotInstalled({ cause: error }) : error
  })
  return openTracing({
    ...traces,
    version,
    worker,
    onTrouble: (error) => log.warn({ error }, 'the collector takes no spans; they are lost until it does'),
  })
}

/** The native part knows one place for metrics: who names an address for Prometheus wants them there. */
function metricsOf(
  { metricsAddress }: TemporalSettings,
  { metrics, metricsEveryMs }: TelemetrySettings,
): WorkerMetrics | undefined {
  if (metricsAddress !== undefined) return { kind: 'prometheus', address: metricsAddress }
  return metrics && { kind: 'otlp', ...metrics, everyMs: metricsEveryMs }
}

/** Throws `TemporalNotInstalled`. */
async function loadEngine() {
  try {
    const [{ startTemporalEngine }, { installRuntime }, { bundleFlows }] = await Promise.all([
      import('../engine/temporal/temporal-engine.ts'),
      import('../engine/temporal/runtime.ts'),
      import('../engine/temporal/bundle.ts'),
    ])
    return { startTemporalEngine, installRuntime, bundleFlows }
  } catch (error) {
    if (isMissing(error)) throw new TemporalNotInstalled({ cause: error })
    throw error
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  /'@(temporalio|opentelemetry)\//.test(error.message)

/** Made when the package is packed; in the sources the flows are bundled at each start. */
const packedBundle = join(import.meta.dirname, 'temporal-workflows.bundle.js')

const sandboxModule = (): string =>
  ['./temporal-workflows.js', './temporal-workflows.ts']
    .map((name) => join(import.meta.dirname, name))
    .find(existsSync) ?? ''

async function clusterOf(settings: TemporalSettings): Promise<ClusterSettings> {
  const { address, namespace, apiKey, tls, tlsCaFile, tlsCertificate } = settings
  const problems: string[] = []
  const read = async (name: string, path: string | undefined): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined
    try {
      return await readFile(path)
    } catch {
      problems.push(`${name} names a file that cannot be read`)
      return undefined
    }
  }
  const serverCa = await read('SIJIL_TEMPORAL_TLS_CA', tlsCaFile)
  const clientCert = await read('SIJIL_TEMPORAL_TLS_CERT', tlsCertificate?.certFile)
  const clientKey = await read('SIJIL_TEMPORAL_TLS_KEY', tlsCertificate?.keyFile)
  if (problems.length > 0) throw new UnusableSettings(problems)
  const files = {
    ...(serverCa === undefined ? {} : { serverCa }),
    ...(clientCert === undefined || clientKey === undefined ? {} : { clientCert, clientKey }),
  }
  return { address, namespace, apiKey, tls: tls && (Object.keys(files).length === 0 || files) }
}

/**
 * Somebody cancelled the workflow in Temporal. Sijil does not know who; what was done is taken back, and after the pivot, where
 * that is a decision of its own, the run goes on.
 */
async function askAsTemporal(database: Database, log: Log, { tenant, run }: RunRef, why: string): Promise<string> {
  const by = { tenant, person: 'temporal', source: 'temporal' }
  const answer = await database.transaction({ role: 'member', tenant }, (session) =>
    askForEnd(session, by, { run, undo: true, why }),
  )
  if (answer !== 'REQUESTED') log.warn({ run, code: answer }, 'a cancellation in Temporal was not followed')
  return answer
}
