import { Duplex } from 'node:stream'
import { DatabaseError } from '../database-error.ts'

/** Whatever answers Postgres' wire protocol, one request after another. */
interface Host {
  /** Whether an earlier session may have left something behind. */
  used: boolean
  /** Resolves with the reason once it answers no more. */
  readonly ended: Promise<DatabaseError>
  request(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

/**
 * Makes PGlite in its worker look to node-postgres like a server's socket, so that pools, prepared statements and parsing
 * are the same code for both. Messages are held back until one asks for an answer, so that a query is one hop.
 *
 * PGlite has one session only. A new socket therefore begins by wiping what the one before may have left: its open
 * transaction, role, settings and prepared statements.
 */
export class WorkerSocket extends Duplex {
  readonly #open: () => Promise<Host>
  readonly #idleInTransactionMs: number
  #host: Host | undefined
  #held: Buffer[] = []
  #idle: NodeJS.Timeout | undefined

  constructor(open: () => Promise<Host>, idleInTransactionMs: number) {
    super()
    this.#open = open
    this.#idleInTransactionMs = idleInTransactionMs
  }

  connect(): this {
    this.#open()
      .then(async (host) => {
        await wipe(host)
        this.#host = host
        void host.ended.then((fault) => this.destroy(fault))
        this.emit('connect')
      })
      .catch((error: unknown) => this.destroy(asError(error)))
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(message: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#take(message)
    done()
  }

  override _writev(messages: { chunk: Buffer }[], done: (error?: Error) => void): void {
    for (const { chunk } of messages) this.#take(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle)
    done(error)
  }

  #take(message: Buffer): void {
    const kind = message[0]
    // The start-up message is the only one without a kind; PGlite is not asked, as there is nobody to authenticate.
    if (kind === 0) this.push(welcome)
    else if (kind !== terminate) {
      this.#held.push(message)
      if (kind === sync || kind === simpleQuery) this.#send()
    }
  }

  #send(): void {
    const host = this.#host
    if (host === undefined) return
    clearTimeout(this.#idle)
    const request = owned(this.#held)
    this.#held = []
    host.request(request).then(
      (answer) => this.#pass(answer),
      (error: unknown) => this.destroy(asError(error)),
    )
  }

  #pass(answer: Uint8Array): void {
    if (this.destroyed) return
    if (answer.at(-1) !== notInTransaction) this.#idle = setTimeout(() => this.#giveUp(), this.#idleInTransactionMs)
    this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength))
  }

  /** What `idle_in_transaction_session_timeout` does on a server; here one sleeper would stop everybody. */
  #giveUp(): void {
    this.destroy(
      new DatabaseError(
        'DATABASE_INTERRUPTED',
        `A transaction was idle for more than ${this.#idleInTransactionMs} ms and was rolled back; nothing of it was kept. Do not wait for other work, such as another transaction, inside one.`,
      ),
    )
  }
}

const sync = 'S'.charCodeAt(0)
const simpleQuery = 'Q'.charCodeAt(0)
const terminate = 'X'.charCodeAt(0)
const notInTransaction = 'I'.charCodeAt(0)

/** Authentication passed; ready for a query, outside a transaction. */
const welcome = Buffer.from([
  ...Buffer.from('R'),
  0,
  0,
  0,
  8,
  0,
  0,
  0,
  0,
  ...Buffer.from('Z'),
  0,
  0,
  0,
  5,
  notInTransaction,
])

async function wipe(host: Host): Promise<void> {
  if (host.used) {
    await host.request(query('rollback'))
    await host.request(query('discard all'))
  }
  host.used = true
}

function query(text: string): Uint8Array<ArrayBuffer> {
  const message = Buffer.alloc(1 + 4 + text.length + 1)
  message[0] = simpleQuery
  message.writeInt32BE(message.length - 1, 1)
  message.write(text, 5, 'latin1')
  return owned([message])
}

/** A copy in memory of its own, which can be handed to another thread. */
function owned(messages: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(messages.reduce((sum, message) => sum + message.byteLength, 0))
  let offset = 0
  for (const message of messages) {
    bytes.set(message, offset)
    offset += message.byteLength
  }
  return bytes
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
