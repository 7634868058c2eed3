import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { calendarOf } from '../decisions/calendar.ts'
import type { DecisionParts } from '../decisions/decision-parts.ts'
import { openLinks } from '../decisions/links.ts'
import { linkService } from '../decisions/services.ts'
import type { CommandParts } from '../engine/commands/command-parts.ts'
import { startRun } from '../engine/commands/start-run.ts'
import { definitions } from '../engine/definitions.ts'
import { type LocalEngine, type LocalEngineSettings, startLocalEngine } from '../engine/local/local-engine.ts'
import type { OpenSystems } from '../engine/systems.ts'
import type { Role } from '../flow/gate.ts'
import { type Duration, after, type Instant } from '../flow/time.ts'
import type { Workflow } from '../flow/workflow.ts'
import type { Database } from '../ledger/database/database.ts'
import { openDatabase } from '../ledger/database/open-database.ts'
import { holdClock } from '../ledger/held-clock.ts'
import { parseTenantId, type TenantId } from '../ledger/ids.ts'
import { migrate } from '../ledger/migrate.ts'
import type { Side } from '../ledger/requests/moves.ts'
import { saveOrganisation } from '../ledger/requests/organisation.ts'
import { sealPersonal } from '../trust/personal.ts'
import { personalService } from '../trust/services.ts'
import { openVault, type Vault } from '../trust/vault.ts'
import { actor, testOrganisation } from './test-organisation.ts'
import { TestRun } from './test-run.ts'
import { TestVendors } from './test-vendors.ts'

export interface TestWorldSettings {
  readonly workflows: readonly Workflow[]
  /** Classes of actions. What is not listed needs a decision (class B). */
  readonly policies?: Readonly<Record<string, 'A' | 'B' | 'C'>>
  /** Other systems than the vendors in memory. */
  readonly openSystems?: OpenSystems
  /** Default: PGlite in memory, closed with the world. One that is given stays open. */
  readonly database?: Database
  /** Where the held clock starts. Default: a Sunday morning in Riyadh. */
  readonly startsAt?: Instant
  readonly durability?: LocalEngineSettings['durability']
  /** What drives the runs. Default: the local engine. */
  readonly openEngine?: (settings: LocalEngineSettings) => Promise<DrivingEngine>
  /** Where runs are placed. Default `local`. */
  readonly placement?: 'local' | 'temporal'
  /** Between which engines runs may move. Default: `placement` alone. */
  readonly sides?: readonly Side[]
}

/** What a test needs of an engine. */
export type DrivingEngine = Pick<LocalEngine, 'start' | 'wake' | 'clockMoved' | 'idle' | 'abandon'>

const SUNDAY_MORNING = Date.UTC(2026, 10, 22, 6)
const LEASE_MS = 10_000
const BASE_URL = 'http://127.0.0.1:4747'

/**
 * A whole Sijil for one test: a ledger whose clock stands still until the test moves it, an organisation with one person for
 * each role, vendors that remember what they did, and a process that can die at any point.
 */
export class TestWorld {
  readonly tenant: TenantId = parseTenantId(`test-${randomUUID().slice(0, 8)}`)
  readonly vendors = new TestVendors(async (what) => this.reach(what))
  readonly database: Database
  readonly #settings: TestWorldSettings
  readonly #masterKey = createSecretKey(randomBytes(32))
  readonly #vault: Vault
  #now: Instant
  #engine: DrivingEngine | undefined
  #points = 0
  #diesAt: (what: string, point: number) => boolean = () => false
  #isDead = false
  readonly #troubles: unknown[] = []

  private constructor(database: Database, settings: TestWorldSettings) {
    this.database = database
    this.#settings = settings
    this.#now = settings.startsAt ?? SUNDAY_MORNING
    this.#vault = openVault({ database, masterKey: this.#masterKey })
  }

  static async open(settings: TestWorldSettings): Promise<TestWorld> {
    const database = settings.database ?? (await openDatabase({}))
    await migrate(database)
    const world = new TestWorld(database, settings)
    await holdClock(database, world.#now)
    await saveOrganisation(database, testOrganisation(world.tenant, settings.policies ?? {}))
    await world.#startEngine()
    return world
  }

  async close(): Promise<void> {
    this.#engine?.abandon()
    await this.#engine?.idle()
    if (this.#settings.database === undefined) await this.database.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get now(): Instant {
    return this.#now
  }

  /** Starts a run as the requester and lets it go as far as it can. Throws `Refusal`, and then nothing was started. */
  async start(workflow: string, input: unknown, as: Role = 'requester'): Promise<TestRun> {
    const { id } = await startRun(this.parts, actor(this.tenant, as), { workflow, input })
    await this.settle()
    return new TestRun(this, id)
  }

  /** Lets time pass and everything that becomes due happen. */
  async advance(duration: Duration): Promise<void> {
    await this.advanceTo(after(this.#now, duration, await calendarOf(this.database, this.tenant)))
  }

  async advanceTo(instant: Instant): Promise<void> {
    this.#now = Math.max(this.#now, instant)
    await holdClock(this.database, this.#now)
    await this.engine.clockMoved()
    await this.settle()
  }

  /**
   * Lets the process die at the n-th point from now: every ledger write has one before it and one after it, every call of a
   * vendor one before it is sent, one after the vendor acted and one after its answer came. Or at the first point that is
   * called so.
   */
  crashAt(where: number | ((what: string) => boolean)): void {
    const nth = typeof where === 'number' ? this.#points + where : undefined
    this.#diesAt = (what, point) => (typeof where === 'number' ? point === nth : where(what))
  }

  /** A point at which the process may die; other systems than the vendors in memory have their own. Throws when it dies here. */
  reach(what: string): void {
    this.#points += 1
    if (!this.#diesAt(what, this.#points)) return
    this.#diesAt = () => false
    this.#isDead = true
    this.#engine?.abandon()
    throw new Error(`the process died at point ${this.#points}: ${what}`)
  }

  /** Whether the process has died; `reopen` starts another. */
  get isDead(): boolean {
    return this.#isDead
  }

  /** A new process on the same ledger, at the time when the lease of the one before is over. */
  async reopen(): Promise<void> {
    this.#engine?.abandon()
    this.#isDead = false
    this.#troubles.length = 0
    this.#now += LEASE_MS
    await holdClock(this.database, this.#now)
    await this.#startEngine()
    await this.settle()
  }

  /** Waits until nothing that is due is left to do. Throws what went wrong in the engine, unless the process has died. */
  async settle(): Promise<void> {
    await this.engine.idle()
    const [trouble] = this.#troubles
    if (this.#troubles.length > 0 && !this.#isDead) throw trouble
  }

  get engine(): DrivingEngine {
    if (this.#engine === undefined) throw new Error('the world is not open')
    return this.#engine
  }

  /** What commands are carried out with. */
  get parts(): CommandParts & DecisionParts {
    const seal: CommandParts['seal'] = (tenant, otherwise, value, knownOnly) =>
      sealPersonal(value, { vault: this.#vault, tenant, otherwise, knownOnly })
    return {
      database: this.database,
      definitions: definitions(this.#settings.workflows),
      engine: this.engine,
      engineOf: () => this.#settings.placement ?? 'local',
      loadableOn: (side) => (this.#sides.includes(side) ? definitions(this.#settings.workflows).loadable : undefined),
      seal,
      open: async (tenant, value) => ({ state: 'open', value: await this.#vault.open(tenant, value) }),
    }
  }

  get #sides(): readonly Side[] {
    return this.#settings.sides ?? [this.#settings.placement ?? 'local']
  }

  async #startEngine(): Promise<void> {
    const links = openLinks({ masterKey: this.#masterKey, baseUrl: BASE_URL })
    const open = this.#settings.openEngine ?? startLocalEngine
    this.#engine = await open({
      database: this.database,
      definitions: definitions(this.#settings.workflows),
      openSystems: this.#settings.openSystems ?? this.vendors.open,
      openServices: (scope) => ({
        personal: personalService(this.#vault, scope),
        links: linkService({ links, database: this.database }, scope),
      }),
      calendarOf: (tenant) => calendarOf(this.database, tenant),
      worker: `test-${randomUUID().slice(0, 8)}`,
      leaseMs: LEASE_MS,
      onCommit: async (_patches, moment) => this.reach(`${moment} a write`),
      onTrouble: (error) => this.#troubles.push(error),
      ...(this.#settings.durability === undefined ? {} : { durability: this.#settings.durability }),
    })
  }
}
