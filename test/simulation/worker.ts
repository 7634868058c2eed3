import { type Definitions, definitions } from '../../src/engine/definitions.ts'
import { type LocalEngine, startLocalEngine } from '../../src/engine/local/local-engine.ts'
import type { StartedRun, StartRun } from '../../src/engine/start.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { shapeWorkflow } from './shape.ts'
import type { Vendors } from './vendors.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

export const known: Definitions = definitions([shapeWorkflow])

/** A process that drives runs: it may freeze and go on, stop in good order, or die. */
export class Worker implements Owner {
  readonly name: string
  readonly #time: VirtualTime
  readonly #leaseMs: number
  isDead = false
  frozenUntil = 0
  #engine: LocalEngine | undefined

  constructor(name: string, time: VirtualTime, leaseMs: number) {
    this.name = name
    this.#time = time
    this.#leaseMs = leaseMs
  }

  /** Rejects when the database cannot be reached. */
  async start(database: Database, vendors: Vendors, onTrouble: (error: unknown) => void): Promise<void> {
    const starting = this.#time.as(this, () =>
      startLocalEngine({
        database,
        definitions: known,
        openSystems: vendors.openSystems(this),
        openServices: () => ({}) as never, // the workflow uses none
        calendarOf: async () => ({ afterWorkingDays: (from, days) => from + days * 86_400_000 }),
        worker: this.name,
        lookEveryMs: 20_000,
        leaseMs: this.#leaseMs,
        onTrouble,
      }),
    )
    this.#engine = await starting
    if (this.isDead) this.#engine.abandon()
  }

  get isUp(): boolean {
    return this.#engine !== undefined && !this.isDead && this.frozenUntil <= this.#time.now
  }

  /** How many runs it has in memory. */
  get loaded(): number {
    return this.isDead ? 0 : (this.#engine?.loaded ?? 0)
  }

  run(wanted: StartRun): StartedRun | undefined {
    return this.isUp ? this.#time.as(this, () => this.#engine?.start(wanted)) : undefined
  }

  wake(run: string): void {
    if (this.isUp) this.#time.as(this, () => this.#engine?.wake(run))
  }

  die(): void {
    this.isDead = true
    this.#engine?.abandon()
  }

  /** Settles when it has given everything back. */
  async stop(): Promise<void> {
    await this.#time.as(this, () => this.#engine?.stop())
    this.isDead = true
  }
}
