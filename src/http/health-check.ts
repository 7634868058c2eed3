import { hostname } from 'node:os'
import type { Sijil } from '../composition/open-sijil.ts'
import { limitedAccount } from '../connectors/facade/around.ts'
import type { Facade } from '../connectors/facade/facade.ts'
import type { ConfiguredConnector } from '../connectors/configured-connector.ts'
import { countUnloadable } from '../ledger/load-runs.ts'
import { countUntold } from '../ledger/runs-apart.ts'
import { readLedgerTime } from '../ledger/reading/ledger-time.ts'
import { readWebhookBacklog, type WebhookBacklog } from '../ledger/webhook-log.ts'
import { readSealingLag } from '../ledger/tree/sealer.ts'

/** How long an answer of a vendor counts, so that a busy monitor does not become their traffic. */
const VENDOR_ANSWER_MS = 15_000
const VENDOR_PATIENCE_MS = 3_000
const DATABASE_PATIENCE_MS = 3_000
const CLUSTER_PATIENCE_MS = 3_000
/** Rows that wait longer for their leaf mean that sealing has stopped. */
const SEALING_LAG_MS_MAX = 60_000

/** An address of a customer that fails for longer wants a look; one that restarts does not. */
const FAILING_MS_MAX = 600_000

type State = 'up' | 'down'
export interface HealthView {
  /** Down when this process cannot do its work; a vendor that is down does not make it so. */
  readonly state: State
  readonly database: { readonly state: State; readonly kind: 'pglite' | 'postgres'; readonly answerMs?: number }
  /** `unloadableRuns`: due, and of a version that this process does not have. */
  readonly engine: { readonly state: State; readonly loadedRuns: number; readonly unloadableRuns?: number }
  /**
   * The cluster, where one is configured. Down does not make this process so: starts, signals and decisions are accepted into the
   * ledger meanwhile. `untoldRuns`: what the cluster should have been told and has not been, for longer than a moment.
   */
  readonly temporal?: { readonly state: State; readonly untoldRuns?: number }
  readonly sealing: { readonly state: State; readonly rows?: number; readonly oldestMs?: number }
  /**
   * Outgoing webhooks of all organisations together. Down when an address has failed for a while: it is nothing that this process
   * could mend. `attempts`: of this process since it started, by outcome.
   */
  readonly webhooks: Partial<WebhookBacklog> & {
    readonly state: State
    readonly attempts: Readonly<Record<string, number>>
  }
  readonly connectors: Readonly<Record<string, { readonly state: State; readonly code?: string }>>
  readonly process: { readonly pid: number; readonly host: string }
}

/** Asks each part of one Sijil how it is. */
export class HealthCheck {
  readonly #sijil: Sijil
  readonly #vendors: VendorHealth

  constructor(sijil: Sijil) {
    this.#sijil = sijil
    this.#vendors = new VendorHealth(sijil.accounts.all, sijil.facade)
  }

  async view(): Promise<HealthView> {
    const [database, engine, temporal, sealing, webhooks, connectors] = await Promise.all([
      databaseOf(this.#sijil),
      engineOf(this.#sijil),
      temporalOf(this.#sijil),
      sealingOf(this.#sijil),
      webhooksOf(this.#sijil),
      this.#vendors.states(),
    ])
    return {
      state: [database, engine, sealing].every((part) => part.state === 'up') ? 'up' : 'down',
      database,
      engine,
      ...(temporal === undefined ? {} : { temporal }),
      sealing,
      webhooks,
      connectors,
      process: { pid: process.pid, host: hostname() },
    }
  }
}

async function databaseOf({ database }: Sijil): Promise<HealthView['database']> {
  const { kind } = database
  const startedAt = performance.now()
  const now = await within(DATABASE_PATIENCE_MS, readLedgerTime(database))
  if (now === undefined) return { state: 'down', kind }
  return { state: 'up', kind, answerMs: Math.round((performance.now() - startedAt) * 10) / 10 }
}

async function engineOf({ database, definitions, local }: Sijil): Promise<HealthView['engine']> {
  const unloadableRuns = await within(DATABASE_PATIENCE_MS, countUnloadable(database, definitions.loadable))
  return {
    state: local.isUp ? 'up' : 'down',
    loadedRuns: local.loaded,
    ...(unloadableRuns === undefined ? {} : { unloadableRuns }),
  }
}

async function temporalOf({ database, temporal }: Sijil): Promise<HealthView['temporal']> {
  if (temporal === undefined) return undefined
  const [reaches, untoldRuns] = await Promise.all([
    within(CLUSTER_PATIENCE_MS, temporal.reaches(CLUSTER_PATIENCE_MS)),
    within(DATABASE_PATIENCE_MS, countUntold(database)),
  ])
  return { state: reaches === true ? 'up' : 'down', ...(untoldRuns === undefined ? {} : { untoldRuns }) }
}

async function sealingOf({ database }: Sijil): Promise<HealthView['sealing']> {
  const lag = await within(DATABASE_PATIENCE_MS, readSealingLag(database))
  if (lag === undefined) return { state: 'down' }
  return {
    state: lag.oldestMs > SEALING_LAG_MS_MAX ? 'down' : 'up',
    rows: lag.rows,
    oldestMs: Math.round(lag.oldestMs),
  }
}

async function webhooksOf({ database, webhooks }: Sijil): Promise<HealthView['webhooks']> {
  const { attempts } = webhooks.metrics.snapshot()
  const backlog = await within(DATABASE_PATIENCE_MS, readWebhookBacklog(database, FAILING_MS_MAX))
  return { state: backlog?.failing === 0 ? 'up' : 'down', ...backlog, attempts }
}

/** Undefined when it fails or takes too long. */
async function within<Value>(ms: number, asked: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([asked.catch(() => undefined), patience])
  } finally {
    clearTimeout(timer)
  }
}

/** What the vendors said last; asked again when that is too old. */
class VendorHealth {
  readonly #accounts: readonly ConfiguredConnector[]
  readonly #facade: Facade
  #asked: { readonly at: number; readonly states: Promise<HealthView['connectors']> } | undefined

  constructor(accounts: readonly ConfiguredConnector[], facade: Facade) {
    this.#accounts = accounts
    this.#facade = facade
  }

  states(): Promise<HealthView['connectors']> {
    const now = performance.now()
    if (this.#asked === undefined || now - this.#asked.at > VENDOR_ANSWER_MS)
      this.#asked = { at: now, states: this.#ask() }
    return this.#asked.states
  }

  async #ask(): Promise<HealthView['connectors']> {
    // The accounts of one tenant are nothing for whoever asks without a key.
    const everyones = this.#accounts.filter(({ account }) => account.tenant === undefined)
    const asked = everyones.map(
      async (account) => [account.connector.key, await stateOf(account, this.#facade)] as const,
    )
    return Object.fromEntries(await Promise.all(asked))
  }
}

/** A vendor whose calls failed is down for us, also where its health page says otherwise: nothing is begun there for a while. */
async function stateOf(connector: ConfiguredConnector, facade: Facade): Promise<HealthView['connectors'][string]> {
  if (facade.circuitOf(limitedAccount(connector)) === 'open') return { state: 'down', code: 'CIRCUIT_OPEN' }
  const answer = await connector.health(AbortSignal.timeout(VENDOR_PATIENCE_MS)).catch(() => undefined)
  return answer?.state === 'up' ? { state: 'up' } : { state: 'down', code: answer?.code ?? 'NOT_ASKED' }
}
