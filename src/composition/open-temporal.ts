/** Joins the Temporal engine to the rooms. Its packages are loaded here and only when a cluster is configured: they are optional. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalEngineSettings } from '../engine/local/local-engine.ts'
import type { ClusterSettings } from '../engine/temporal/cluster.ts'
import type { TemporalEngine, TemporalEngineSettings } from '../engine/temporal/temporal-engine.ts'
import type { RunRef } from '../engine/temporal/wire.ts'
import type { Database } from '../ledger/database/database.ts'
import { askForEnd } from '../ledger/requests/requests.ts'
import { loadPayloadKeys } from '../trust/payload-keys.ts'
import type { Log } from './log.ts'
import { type SijilSettings, UnusableSettings } from './settings.ts'
import { TemporalNotInstalled } from './temporal-not-installed.ts'
import type { TemporalSettings } from './temporal-settings.ts'

/** What both engines drive runs with. */
export type DrivingParts = Pick<
  LocalEngineSettings & TemporalEngineSettings,
  'database' | 'definitions' | 'openSystems' | 'openServices' | 'calendarOf' | 'worker' | 'onTrouble'
>

export interface OpenTemporal {
  readonly settings: SijilSettings
  readonly log: Log
  readonly driving: DrivingParts
}

/**
 * The engine, when a cluster is configured; it need not be up. Throws `TemporalNotInstalled`, `UnusableSettings` (a file of the
 * certificate), `KeyError`.
 */
export async function openTemporal({ settings, log, driving }: OpenTemporal): Promise<TemporalEngine | undefined> {
  const { temporal, keysDir } = settings
  if (temporal === undefined) return undefined
  const cluster = await clusterOf(temporal)
  const keys = await loadPayloadKeys({ environment: temporal.payloadKeys, directory: keysDir })
  const { startTemporalEngine, installRuntime, bundleFlows } = await loadEngine()
  installRuntime({
    tell: (level, message, facts) => log[level]({ facts }, message),
    metricsAddress: temporal.metricsAddress,
  })
  return startTemporalEngine({
    ...driving,
    cluster,
    taskQueue: temporal.taskQueue,
    cachedRuns: temporal.cachedRuns,
    bundle: existsSync(packedBundle) ? { codePath: packedBundle } : await bundleFlows(sandboxModule()),
    keys,
    askForEnd: (ref, why) => askAsTemporal(driving.database, log, ref, why),
  })
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
  /'@temporalio\//.test(error.message)

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
