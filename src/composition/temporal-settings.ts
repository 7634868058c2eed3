import { z } from 'zod'
import type { Environment } from '../connectors/settings-source.ts'

const NAMESPACE = 'default'
const TASK_QUEUE = 'sijil'

/** Which runs start on Temporal: none; those of every long workflow; or those of the workflows named. */
export type StartsOnTemporal = 'none' | 'long' | readonly string[]

/** The cluster that this process works for. */
export interface TemporalSettings {
  /** `SIJIL_TEMPORAL_ADDRESS`: `host:port` of the cluster's frontend. It is what switches Temporal on. */
  readonly address: string
  /** `SIJIL_TEMPORAL_NAMESPACE`. Default `default`; on Temporal Cloud `<namespace>.<account>`. */
  readonly namespace: string
  /** `SIJIL_TEMPORAL_TASK_QUEUE`. Default `sijil`; processes that share a ledger share it. */
  readonly taskQueue: string
  /** `SIJIL_TEMPORAL_TLS`: `on` or `off`. Default: on with an API key or a certificate, else off. */
  readonly tls: boolean
  /** `SIJIL_TEMPORAL_TLS_CA`: a file (PEM) of whom to trust. Default: whom the system trusts. */
  readonly tlsCaFile: string | undefined
  /** `SIJIL_TEMPORAL_TLS_CERT`, `SIJIL_TEMPORAL_TLS_KEY`: files (PEM) by which this process proves who it is. Both or neither. */
  readonly tlsCertificate: { readonly certFile: string; readonly keyFile: string } | undefined
  /** `SIJIL_TEMPORAL_API_KEY`: by which this process proves who it is to Temporal Cloud. */
  readonly apiKey: string | undefined
  /** `SIJIL_TEMPORAL_KEYS`: what payloads are sealed with; wins over the file `payload.keys` in the keys directory. */
  readonly payloadKeys: string | undefined
  /**
   * `SIJIL_TEMPORAL_CACHED_RUNS`: how many runs the worker keeps in memory between two things that happen to them. Default: as the
   * engine says.
   */
  readonly cachedRuns: number | undefined
  /** `SIJIL_TEMPORAL_METRICS`: `host:port` on which the worker's metrics are shown to Prometheus. Default: nowhere. */
  readonly metricsAddress: string | undefined
  /** `SIJIL_TEMPORAL_CODEC`: `on` lets operators have opened what the cluster keeps sealed. Default `off`. */
  readonly opensPayloads: boolean
}

export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, 'is not host:port')
  .refine((text) => URL.canParse(`http://${text}`), 'is not host:port')
const schemas = {
  SIJIL_TEMPORAL_ADDRESS: hostAndPort,
  SIJIL_TEMPORAL_NAMESPACE: z.string().regex(/^[\w.-]+$/, 'is not a namespace'),
  SIJIL_TEMPORAL_TASK_QUEUE: z.string().regex(/^[\w./-]+$/, 'is not a task queue'),
  SIJIL_TEMPORAL_TLS: z.enum(['on', 'off'], 'is neither on nor off'),
  SIJIL_TEMPORAL_TLS_CA: z.string(),
  SIJIL_TEMPORAL_TLS_CERT: z.string(),
  SIJIL_TEMPORAL_TLS_KEY: z.string(),
  SIJIL_TEMPORAL_API_KEY: z.string(),
  SIJIL_TEMPORAL_KEYS: z.string(),
  SIJIL_TEMPORAL_CACHED_RUNS: z.string().regex(/^[1-9]\d{1,5}$/, 'is not a whole number from 10 to 999999'),
  SIJIL_TEMPORAL_METRICS: hostAndPort,
  SIJIL_TEMPORAL_CODEC: z.enum(['on', 'off'], 'is neither on nor off'),
} as const
const ENGINE = /^(local|temporal|temporal:[a-z0-9-]+(,[a-z0-9-]+)*)$/

interface EngineSettings {
  readonly startsOnTemporal: StartsOnTemporal
  readonly temporal: TemporalSettings | undefined
}

/** Adds what cannot be used to `problems`; it names variables and shows no value. */
export function readEngineSettings(environment: Environment, problems: string[]): EngineSettings {
  const startsOnTemporal = readEngine(environment, problems)
  const given = new Map<keyof typeof schemas, string>()
  for (const [name, schema] of Object.entries(schemas)) {
    const parsed = schema.optional().safeParse(environment[name]?.trim() || undefined)
    if (!parsed.success) problems.push(...parsed.error.issues.map(({ message }) => `${name} ${message}`))
    // The table's own names.
    else if (parsed.data !== undefined) given.set(name as keyof typeof schemas, parsed.data)
  }
  const address = given.get('SIJIL_TEMPORAL_ADDRESS')
  if (address === undefined) {
    if (environment['SIJIL_TEMPORAL_ADDRESS']?.trim()) return { startsOnTemporal, temporal: undefined }
    if (startsOnTemporal !== 'none')
      problems.push('SIJIL_ENGINE sends runs to Temporal, and SIJIL_TEMPORAL_ADDRESS does not say where it is')
    for (const name of given.keys()) problems.push(`${name} is of no use without SIJIL_TEMPORAL_ADDRESS`)
    return { startsOnTemporal, temporal: undefined }
  }
  return { startsOnTemporal, temporal: { address, ...restOf(given, problems) } }
}

/** `local`, `temporal`, or `temporal:` and the names of workflows. */
function readEngine(environment: Environment, problems: string[]): StartsOnTemporal {
  const engine = environment['SIJIL_ENGINE']?.trim() || 'local'
  if (!ENGINE.test(engine)) {
    problems.push(
      'SIJIL_ENGINE is neither local, nor temporal, nor temporal: with names of workflows and commas between',
    )
    return 'none'
  }
  if (engine === 'local') return 'none'
  return engine === 'temporal' ? 'long' : engine.slice('temporal:'.length).split(',')
}

function restOf(
  given: ReadonlyMap<keyof typeof schemas, string>,
  problems: string[],
): Omit<TemporalSettings, 'address'> {
  const apiKey = given.get('SIJIL_TEMPORAL_API_KEY')
  const tlsCaFile = given.get('SIJIL_TEMPORAL_TLS_CA')
  const certFile = given.get('SIJIL_TEMPORAL_TLS_CERT')
  const keyFile = given.get('SIJIL_TEMPORAL_TLS_KEY')
  const said = given.get('SIJIL_TEMPORAL_TLS')
  const cachedRuns = given.get('SIJIL_TEMPORAL_CACHED_RUNS')
  const wantsTls = apiKey !== undefined || tlsCaFile !== undefined || certFile !== undefined || keyFile !== undefined
  if (said === 'off' && apiKey !== undefined)
    problems.push('SIJIL_TEMPORAL_API_KEY would travel in clear text: SIJIL_TEMPORAL_TLS must not be off')
  else if (said === 'off' && wantsTls)
    problems.push('SIJIL_TEMPORAL_TLS is off, and a certificate is given: one of the two is a mistake')
  if ((certFile === undefined) !== (keyFile === undefined))
    problems.push('SIJIL_TEMPORAL_TLS_CERT and SIJIL_TEMPORAL_TLS_KEY belong together: set both or neither')
  return {
    namespace: given.get('SIJIL_TEMPORAL_NAMESPACE') ?? NAMESPACE,
    taskQueue: given.get('SIJIL_TEMPORAL_TASK_QUEUE') ?? TASK_QUEUE,
    tls: said === undefined ? wantsTls : said === 'on',
    tlsCaFile,
    tlsCertificate: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    apiKey,
    payloadKeys: given.get('SIJIL_TEMPORAL_KEYS'),
    cachedRuns: cachedRuns === undefined ? undefined : Number(cachedRuns),
    metricsAddress: given.get('SIJIL_TEMPORAL_METRICS'),
    opensPayloads: given.get('SIJIL_TEMPORAL_CODEC') === 'on',
  }
}
