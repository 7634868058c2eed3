import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type CallLimits, callLimitsFrom } from '../connectors/facade/call-limits.ts'
import { connectors } from '../connectors/registry.ts'
import { type Accounts, openAccounts } from '../connectors/accounts.ts'
import type { Environment } from '../connectors/settings-source.ts'
import { InvalidSettings, readAccounts } from '../connectors/settings.ts'
import { readTelemetrySettings, type TelemetrySettings } from './telemetry-settings.ts'
import { areRanges } from '../connectors/address-rules.ts'
import { hostAndPort, readEngineSettings, type StartsOnTemporal, type TemporalSettings } from './temporal-settings.ts'

const PORT = 4747
const HOST = '127.0.0.1'
const DATA_DIR = '.sijil'
const WEBHOOK_KEEP_DAYS = 90
const DAY_MS = 86_400_000

/** Everything that a process of Sijil is told from outside. Read once, where the process starts. */
export interface SijilSettings {
  /** `DATABASE_URL`: the Postgres to use. Undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** `SIJIL_DATA`: what this process keeps on disk: the embedded database and the file of tree heads. Default `.sijil`. */
  readonly dataDir: string
  /** `SIJIL_KEYS`: keys, apart from the data so that no copy of it carries them along. Default: `dataDir` with `-keys` after it. */
  readonly keysDir: string
  /** `SIJIL_MASTER_KEY`: 32 bytes as base64; wins over the file in `keysDir`. */
  readonly masterKey: string | undefined
  /** `SIJIL_HOST`: the address to listen on. Default 127.0.0.1. */
  readonly host: string
  /** `SIJIL_PORT`. Default 4747; 0 takes any free one. */
  readonly port: number
  /**
   * `SIJIL_METRICS`: `host:port` on which metrics are shown to Prometheus, apart from the address that people and vendors reach.
   * Default: nowhere.
   */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** `SIJIL_PUBLIC_URL`: where people and vendors reach this process; links begin with it. Default: where it listens. */
  readonly publicUrl: string | undefined
  /**
   * `SIJIL_DURABILITY`: when a step without outside effect counts as done. `travelling` (default): once its result is on
   * the way to the ledger; `each`: once it is there. Outside effects always wait for the ledger.
   */
  readonly durability: 'travelling' | 'each'
  /** `SIJIL_LOG`: the least severe line that is logged. Default `info`. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /**
   * `SIJIL_ENGINE`: where runs of durable workflows start. `local` (default); `temporal`: those of long ones on Temporal;
   * `temporal:partner-approval,…`: those of the workflows named. A run that has started stays where it is until it is moved.
   */
  readonly startsOnTemporal: StartsOnTemporal
  /** The cluster, when `SIJIL_TEMPORAL_ADDRESS` is set. Runs that are there are driven also where none starts there. */
  readonly temporal: TemporalSettings | undefined
  /** Which collector hears of runs on Temporal: OpenTelemetry's own variables. Default: none. */
  readonly telemetry: TelemetrySettings
  /** With vendors: those whose own variables are set (see each connector), and those of the file `SIJIL_CONNECTORS`. */
  readonly accounts: Accounts
  /** By the key of the connector: `SIJIL_WHATSAPP_RATE` and the like. */
  readonly callLimits: ReadonlyMap<string, CallLimits>
  /**
   * `SIJIL_WEBHOOK_PRIVATE_ADDRESSES`: addresses that are not public and that outgoing webhooks may go to all the same, as
   * `10.1.0.0/16,…`; with `127.0.0.0/8` also without TLS. Default: none. Whoever may add an endpoint reaches them.
   */
  readonly webhookAddresses: readonly string[]
  /** `SIJIL_WEBHOOK_KEEP_DAYS`: how long outgoing webhooks stay in their log once they have ended. Default: 90 days. */
  readonly webhookKeepMs: number
  /** `SIJIL_ALLOW_PRIVATE_ADDRESSES`: addresses that are not public and that connectors may connect to all the same, as CIDR. */
  readonly privateAddresses: readonly string[]
}

/** Some settings cannot be used. Nothing was started. Names variables and never shows a value. */
export class UnusableSettings extends Error {
  override readonly name = 'UnusableSettings'
  readonly code = 'UNUSABLE_SETTINGS'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Sijil cannot start with these settings; mend:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

const webAddress = z.url({ protocol: /^https?$/, error: 'is not a web address' })
const ranges = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((range) => range.trim() || []))
  .refine(areRanges, 'is no list of ranges such as 10.1.0.0/16,fd00::/8')
const DAYS = 'is not a whole number of days from 1 to 36500'
const schemas = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'is not the address of a Postgres' }).optional(),
  SIJIL_DATA: z.string().default(DATA_DIR),
  SIJIL_KEYS: z.string().optional(),
  SIJIL_MASTER_KEY: z.string().optional(),
  SIJIL_HOST: z.string().default(HOST),
  SIJIL_PORT: z.coerce
    .number('is not a port')
    .int('is not a port')
    .min(0, 'is not a port')
    .max(65_535, 'is not a port')
    .default(PORT),
  SIJIL_METRICS: hostAndPort
    .transform((text) => {
      const { hostname, port } = new URL(`http://${text}`)
      return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || '80') }
    })
    .optional(),
  SIJIL_PUBLIC_URL: webAddress.optional(),
  SIJIL_ALLOW_PRIVATE_ADDRESSES: ranges,
  SIJIL_WEBHOOK_PRIVATE_ADDRESSES: ranges,
  SIJIL_WEBHOOK_KEEP_DAYS: z.coerce
    .number(DAYS)
    .int(DAYS)
    .min(1, DAYS)
    .max(36_500, DAYS)
    .default(WEBHOOK_KEEP_DAYS)
    .transform((days) => days * DAY_MS),
  SIJIL_DURABILITY: z.enum(['travelling', 'each'], 'is neither travelling nor each').default('travelling'),
  SIJIL_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'is not a level of the log').default('info'),
} as const

/** Throws `UnusableSettings`, which names every problem at once, those of the connectors included. */
export function readSettings(environment: Environment): SijilSettings {
  const problems: string[] = []
  const read = <Value>(name: keyof typeof schemas, schema: z.ZodType<Value>): Value | undefined => {
    // A variable that is set to nothing is not set.
    const parsed = schema.safeParse(environment[name]?.trim() || undefined)
    if (!parsed.success) problems.push(...parsed.error.issues.map(({ message }) => `${name} ${message}`))
    return parsed.data
  }
  const dataDir = read('SIJIL_DATA', schemas.SIJIL_DATA) ?? DATA_DIR
  const settings = {
    databaseUrl: read('DATABASE_URL', schemas.DATABASE_URL),
    dataDir,
    keysDir: read('SIJIL_KEYS', schemas.SIJIL_KEYS) ?? `${dataDir.replace(/\/+$/, '')}-keys`,
    masterKey: read('SIJIL_MASTER_KEY', schemas.SIJIL_MASTER_KEY),
    host: read('SIJIL_HOST', schemas.SIJIL_HOST) ?? HOST,
    port: read('SIJIL_PORT', schemas.SIJIL_PORT) ?? PORT,
    metrics: read('SIJIL_METRICS', schemas.SIJIL_METRICS),
    publicUrl: read('SIJIL_PUBLIC_URL', schemas.SIJIL_PUBLIC_URL)?.replace(/\/+$/, ''),
    durability: read('SIJIL_DURABILITY', schemas.SIJIL_DURABILITY) ?? 'travelling',
    logLevel: read('SIJIL_LOG', schemas.SIJIL_LOG) ?? 'info',
    privateAddresses: read('SIJIL_ALLOW_PRIVATE_ADDRESSES', schemas.SIJIL_ALLOW_PRIVATE_ADDRESSES) ?? [],
    webhookAddresses: read('SIJIL_WEBHOOK_PRIVATE_ADDRESSES', schemas.SIJIL_WEBHOOK_PRIVATE_ADDRESSES) ?? [],
    webhookKeepMs: read('SIJIL_WEBHOOK_KEEP_DAYS', schemas.SIJIL_WEBHOOK_KEEP_DAYS) ?? WEBHOOK_KEEP_DAYS * DAY_MS,
    ...readEngineSettings(environment, problems),
    telemetry: readTelemetrySettings(environment, problems),
    accounts: accountsIn({ ...environment, ...documentsBeside(dataDir, environment) }, problems),
    callLimits: callLimitsIn(environment, problems),
  }
  if (problems.length > 0) throw new UnusableSettings(problems)
  return settings
}

function callLimitsIn(environment: Environment, problems: string[]): ReadonlyMap<string, CallLimits> {
  return new Map(connectors.map(({ key }) => [key, callLimitsFrom(environment, key, problems)]))
}

/** Where the built-in store of documents is when nothing else is said. */
const documentsBeside = (dataDir: string, environment: Environment): Environment => {
  const name = 'SIJIL_DOCUMENTS_FOLDER'
  return { [name]: environment[name]?.trim() || resolve(dataDir, 'documents') }
}

function accountsIn(environment: Environment, problems: string[]): Accounts {
  try {
    return readAccounts(environment)
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error
    problems.push(...error.problems)
    return openAccounts([], { environment: {}, tenants: {} }, problems)
  }
}

/** The heads of the audit trees, outside the database. */
export const headsFileOf = ({ dataDir }: Pick<SijilSettings, 'dataDir'>): string => join(dataDir, 'heads.ndjson')
