import { columnTypes } from '../column-types.ts'
import { PooledDatabase, quietPool } from '../pooled-database.ts'
import { type HeldDirectory, holdDataDirectory } from './data-directory.ts'
import { WorkerHost } from './worker-host.ts'
import type { WorkerSettings } from './worker-messages.ts'
import { WorkerSocket } from './worker-socket.ts'

export interface EmbeddedSettings {
  /** Created if need be, held for as long as the database is open. Undefined keeps everything in memory, for tests. */
  readonly dataDir?: string | undefined
  /** A statement that runs longer is ended, and the worker with it. Default 60 000. */
  readonly statementDeadlineMs?: number | undefined
  /** A transaction that sends nothing for longer is rolled back. Default 60 000. */
  readonly idleInTransactionMs?: number | undefined
}

/** PGlite in a worker thread. It has one session, so transactions and engine statements take turns, first come, first served. */
export class EmbeddedDatabase extends PooledDatabase {
  readonly kind = 'pglite'
  readonly #worker: ReopeningWorker
  readonly #held: HeldDirectory | undefined

  /** Use `openEmbedded`. */
  constructor(worker: ReopeningWorker, held: HeldDirectory | undefined, idleInTransactionMs: number) {
    const pool = quietPool({
      stream: () => new WorkerSocket(() => worker.current(), idleInTransactionMs),
      ssl: false,
      max: 1,
      idleTimeoutMillis: 0,
      types: columnTypes,
    })
    super({ engine: pool, general: pool })
    this.#worker = worker
    this.#held = held
  }

  /** How often the data directory was forced to disk since it was opened. */
  get syncs(): number {
    return this.#worker.syncs
  }

  /** Lets others find this process: see `readHolder`. In memory there is nobody to find it, and this does nothing. */
  announceAddress(url: string): void {
    this.#held?.announceAddress(url)
  }

  /** Ends the worker and opens a new one. In memory everything is lost; what was unanswered fails with DATABASE_INTERRUPTED. */
  async restart(): Promise<void> {
    await this.#worker.interrupt('it was asked to restart')
    await this.#worker.current()
  }

  protected override async closeBelow(): Promise<void> {
    await this.#worker.close()
    this.#held?.release()
  }
}

/** Throws DATA_DIRECTORY_IN_USE when another process holds the directory. */
export async function openEmbedded(settings: EmbeddedSettings): Promise<EmbeddedDatabase> {
  const held = settings.dataDir === undefined ? undefined : holdDataDirectory(settings.dataDir)
  const worker = new ReopeningWorker(held?.pgData, settings.statementDeadlineMs ?? 60_000)
  try {
    await worker.current()
  } catch (error) {
    held?.release()
    throw error
  }
  return new EmbeddedDatabase(worker, held, settings.idleInTransactionMs ?? 60_000)
}

/** Whoever asks gets a living worker; there is never more than one. */
class ReopeningWorker {
  readonly #settings: WorkerSettings
  readonly #deadlineMs: number
  #host: Promise<WorkerHost> | undefined

  constructor(pgData: string | undefined, deadlineMs: number) {
    this.#settings = { pgData, syncs: new SharedArrayBuffer(4) }
    this.#deadlineMs = deadlineMs
  }

  get syncs(): number {
    return Atomics.load(new Int32Array(this.#settings.syncs), 0)
  }

  current(): Promise<WorkerHost> {
    this.#host = this.#reopened(this.#host)
    return this.#host
  }

  async interrupt(why: string): Promise<void> {
    const host = await this.#host?.catch(() => undefined)
    await host?.interrupt(why)
  }

  async close(): Promise<void> {
    const host = await this.#host?.catch(() => undefined)
    await host?.close()
  }

  async #reopened(previous: Promise<WorkerHost> | undefined): Promise<WorkerHost> {
    const host = await previous?.catch(() => undefined)
    if (host?.alive) return host
    // Two threads on one directory would be as bad as two processes.
    await host?.close()
    return WorkerHost.start(this.#settings, this.#deadlineMs)
  }
}
