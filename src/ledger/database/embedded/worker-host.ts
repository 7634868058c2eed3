import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { DatabaseError, type DatabaseErrorCode } from '../database-error.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts'

/** The packed package holds compiled files; the repository runs from source. */
const workerFile = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url)

/** One life of the thread. It ends when it is closed, interrupted, or dies; a new life is a new host. */
export class WorkerHost {
  readonly #worker: Worker
  readonly #deadlineMs: number
  readonly #waiting: PromiseWithResolvers<Uint8Array>[] = []
  readonly #gone: Promise<unknown>
  readonly #ended = Promise.withResolvers<DatabaseError>()
  #deadline: NodeJS.Timeout | undefined
  #fault: DatabaseError | undefined
  /** Whether an earlier session may have left something behind. */
  used = false

  private constructor(worker: Worker, deadlineMs: number) {
    this.#worker = worker
    this.#deadlineMs = deadlineMs
    this.#gone = once(worker, 'exit')
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error: Error) => this.#fail(interrupted(`the embedded database died: ${error.message}`, error)))
    worker.on('exit', () => this.#fail(interrupted('the embedded database was ended')))
  }

  /** Resolves when the database answers. `deadlineMs` bounds each request from the moment it starts to run. */
  static async start(settings: WorkerSettings, deadlineMs: number): Promise<WorkerHost> {
    const worker = new Worker(workerFile, { workerData: settings, name: 'sijil-pglite' })
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('exit', () => reject(startFailure('it ended before it was ready')))
      worker.once('message', (message: FromWorker) => {
        if (message === 'ready') resolve()
        else if (!(message instanceof Uint8Array)) reject(startFailure(message.failed, message.code))
      })
    })
    return new WorkerHost(worker, deadlineMs)
  }

  /** Resolves with the reason once this life is over. */
  get ended(): Promise<DatabaseError> {
    return this.#ended.promise
  }

  get alive(): boolean {
    return this.#fault === undefined
  }

  /** Takes ownership of the bytes. Requests are answered in the order they came. */
  request(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    const waiting = Promise.withResolvers<Uint8Array>()
    this.#waiting.push(waiting)
    if (this.#waiting.length === 1) this.#armDeadline()
    this.#worker.postMessage(bytes satisfies ToWorker, [bytes.buffer])
    return waiting.promise
  }

  /** Ends the thread wherever it is. Whatever it had not answered fails with DATABASE_INTERRUPTED. */
  async interrupt(why: string): Promise<void> {
    this.#fail(interrupted(why))
    await this.#worker.terminate()
    await this.#gone
  }

  /** Lets Postgres write its checkpoint and ends the thread. */
  async close(): Promise<void> {
    if (!this.alive) return void (await this.#gone)
    this.#worker.postMessage('close' satisfies ToWorker)
    await this.#gone
  }

  #receive(message: FromWorker): void {
    if (!(message instanceof Uint8Array)) return
    this.#waiting.shift()?.resolve(message)
    if (this.#waiting.length > 0) this.#armDeadline()
    else clearTimeout(this.#deadline)
  }

  #armDeadline(): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      void this.interrupt(`a statement ran for more than ${this.#deadlineMs} ms and was ended`)
    }, this.#deadlineMs)
  }

  #fail(fault: DatabaseError): void {
    this.#fault ??= fault
    this.#ended.resolve(this.#fault)
    clearTimeout(this.#deadline)
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#fault)
  }
}

function interrupted(why: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    'DATABASE_INTERRUPTED',
    `The embedded database was interrupted: ${why}. A commit under way may or may not have taken effect: read before writing again, or present the identical rows again. The next call reopens it.`,
    cause,
  )
}

function startFailure(why: string, code?: string): Error {
  const text = `The embedded database did not start: ${why}`
  // The code was taken from a DatabaseError on the other side.
  return code === undefined ? new Error(text) : new DatabaseError(code as DatabaseErrorCode, text)
}
