import pg from 'pg'
import type { Database, Session, Who } from '../../src/ledger/database/database.ts'
import { DatabaseError } from '../../src/ledger/database/database-error.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Trace } from './trace.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

/** The one database server of a simulation, as all its clients meet it. */
export interface Server {
  readonly ledger: Database
  readonly time: VirtualTime
  readonly faults: Faults
  readonly random: Random
  readonly trace: Trace
  /** Time until which nobody can connect. */
  downUntil: number
  /** Time until which nothing can be written. */
  fullUntil: number
  /** How many statements have reached it. */
  asked: number
}

const LATENCY_MS = 0.5
const SLOW_MS = 3_000
const READS = new Set(['soonest_due', 'read_mailbox', 'load_records', 'load_effects', 'load_waits', 'load_letters'])

/** The way of one process to the database: statements and answers travel, and may be lost on the way. */
export class UnreliableDatabase implements Database {
  readonly kind = 'postgres'
  readonly engine: Session
  readonly #server: Server
  readonly #owner: Owner

  constructor(server: Server, owner: Owner) {
    this.#server = server
    this.#owner = owner
    this.engine = {
      query: (statement, params) =>
        this.#travel(statement.name, async () => sorted(await server.ledger.engine.query(statement, params))),
    }
  }

  transaction<T>(who: Who, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#travel(`${who.role}'s transaction`, () => this.#server.ledger.transaction(who, work))
  }

  script(): Promise<void> {
    throw new Error('no script is run in a simulation')
  }

  async close(): Promise<void> {}

  #travel<T>(name: string, carryOut: () => Promise<T>): Promise<T> {
    const { time, trace, faults } = this.#server
    const refused = faults.strikes('connection to the database lost')
    const lost = faults.strikes('answer of the database lost')
    return new Promise<T>((resolve, reject) => {
      const tell = (what: string, settle: () => void): void => {
        trace.note(`${this.#owner.name}: ${name}: ${what}`)
        time.after(this.#latency(), this.#owner, settle)
      }
      const arrive = async (): Promise<void> => {
        if (refused || time.now < this.#server.downUntil) return tell('not reached', () => reject(interrupted()))
        if (time.now < this.#server.fullUntil && !READS.has(name)) return tell('disk full', () => reject(diskFull()))
        this.#server.asked += 1
        try {
          const value = await carryOut()
          if (lost) tell('done, answer lost', () => reject(interrupted()))
          else tell(trace.isDeep ? `done ${JSON.stringify(value)}` : 'done', () => resolve(value))
        } catch (error) {
          tell(`refused: ${String(error)}`, () => reject(error instanceof Error ? error : new Error(String(error))))
        }
      }
      time.after(this.#latency(), undefined, () => void arrive())
    })
  }

  #latency(): number {
    const { random, faults } = this.#server
    return random.around(faults.strikes('slow database') ? SLOW_MS : LATENCY_MS)
  }
}

/** What the database may answer in any order is given in one that does not hang on how its rows lie. */
function sorted<Row extends object>(rows: readonly Row[]): readonly Row[] {
  if (rows.length < 2 || rows.some((row) => 'number' in row)) return rows
  return rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .toSorted((one, other) => (one.text < other.text ? -1 : 1))
    .map(({ row }) => row)
}

const interrupted = () => new DatabaseError('DATABASE_INTERRUPTED', 'The connection to the database ended (simulated).')

function diskFull(): Error {
  const error = new pg.DatabaseError('could not extend file: No space left on device (simulated)', 0, 'error')
  return Object.assign(error, { code: '53100', severity: 'ERROR' })
}
