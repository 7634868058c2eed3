import pg from 'pg'
import type { Database, Param, Session, Statement, Who } from './database.ts'
import { DatabaseError, sqlState } from './database-error.ts'
import { assertStorableText } from './storable-text.ts'
import { closedBy, readWhereabouts } from './whereabouts.ts'

/**
 * Roles, transactions and errors over node-postgres pools: the same on a server and on PGlite, whose pool has one
 * connection and serves both purposes. A client that may carry anything over to its next user is thrown away.
 */
export interface Pools {
  /** Speaks as sijil_engine only, unless it is the general pool as well. */
  readonly engine: pg.Pool
  readonly general: pg.Pool
}

export abstract class PooledDatabase implements Database {
  abstract readonly kind: 'pglite' | 'postgres'
  readonly engine: Session
  readonly #pools: Pools
  readonly #actsAsEngine = new WeakSet<pg.PoolClient>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(pools: Pools) {
    this.#pools = pools
    this.engine = { query: (statement, params) => this.#queryAsEngine(statement, params) }
  }

  transaction<T>(who: Who, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#borrow(this.#pools.general, async (client) => {
      const session = new TransactionSession(client)
      // Work may be waiting for this very connection to come free, so its loss ends the transaction whatever work does.
      const lost = Promise.withResolvers<never>()
      lost.promise.catch(() => undefined)
      const onLoss = (error: unknown) => lost.reject(explained(error))
      client.once('error', onLoss)
      try {
        await told(client.query(openingOf(who)))
        const result = await Promise.race([work(session), lost.promise])
        await session.end()
        assertCommitted(await told(client.query('commit')))
        client.release()
        return result
      } catch (error) {
        await session.end()
        await abandon(client)
        throw await this.#orClosed(error)
      } finally {
        client.off('error', onLoss)
      }
    })
  }

  /** A script may leave settings behind, so its connection serves nobody after it. */
  script(sql: string): Promise<void> {
    return this.#borrow(this.#pools.general, async (client) => {
      try {
        await told(client.query('reset role'))
        await told(client.query(sql))
      } finally {
        client.release(true)
      }
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  /** What lies below the connections and ends after them. */
  protected closeBelow(): Promise<void> {
    return Promise.resolve()
  }

  #queryAsEngine<Row extends object>(statement: Statement, params?: readonly Param[]): Promise<readonly Row[]> {
    return this.#borrow(this.#pools.engine, async (client) => {
      try {
        if (!this.#actsAsEngine.has(client)) {
          await client.query(`set role sijil_engine; ${planned('set', BY_KEY)}`)
          this.#actsAsEngine.add(client)
        }
        const rows = await run<Row>(client, statement, params)
        client.release()
        return rows
      } catch (error) {
        client.release(isLost(error))
        throw await this.#orClosed(explained(error))
      }
    })
  }

  /** A ledger that is not here any more denies its schema to whoever still speaks to it; then the refusal says where it went. */
  async #orClosed(failure: unknown): Promise<unknown> {
    if (sqlState(failure) !== insufficientPrivilege) return failure
    const whereabouts = await this.transaction({ role: 'owner' }, readWhereabouts).catch(() => undefined)
    return closedBy(whereabouts) ?? failure
  }

  /** `use` gives the client back. A pool that is ended forgets whoever still queues for a client, so close waits for all. */
  async #borrow<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw closed()
    const work = told(pool.connect()).then(use)
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await Promise.all([...new Set([this.#pools.engine, this.#pools.general])].map((pool) => pool.end()))
    await this.closeBelow()
  }
}

/** Queries run in the order they were asked for; after `end` there are none, so that no later user of the client is met. */
class TransactionSession implements Session {
  readonly #client: pg.PoolClient
  #last: Promise<unknown> = Promise.resolve()
  #over = false

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  query<Row extends object>(statement: Statement, params?: readonly Param[]): Promise<readonly Row[]> {
    if (this.#over) return Promise.reject(sessionOver(statement))
    const answer = told(this.#last.then(() => run<Row>(this.#client, statement, params)))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async end(): Promise<void> {
    this.#over = true
    await this.#last
  }
}

/** A pool whose clients never take the process down: whoever uses a client learns of its end by the failing query. */
export function quietPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

async function run<Row extends object>(
  client: pg.PoolClient,
  statement: Statement,
  params: readonly Param[] = [],
): Promise<readonly Row[]> {
  for (const [index, param] of params.entries()) {
    for (const text of Array.isArray(param) ? param : [param]) {
      if (typeof text === 'string') assertStorableText(text, `in parameter $${index + 1} of "${statement.name}"`)
    }
  }
  const { rows } = await client.query<Row>({ name: statement.name, text: statement.text, values: [...params] })
  return rows
}

/**
 * A statement's plan is made once and kept. Made while a table is small it would read all of it, and go on doing so when it
 * has a million rows: the engine and the members, whose statements all go by key, may not scan. Nor is a plan made anew for each
 * use, to see whether it fits the parameters better: for the arrays of a batch that took as long as the work. Whoever reads
 * everything (verification, snapshots, sealing) may plan as the database likes.
 */
type Planning = Readonly<Record<'enable_seqscan' | 'enable_hashjoin' | 'enable_mergejoin' | 'plan_cache_mode', string>>
const BY_KEY: Planning = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
}
const FREELY: Planning = {
  enable_seqscan: 'on',
  enable_hashjoin: 'on',
  enable_mergejoin: 'on',
  plan_cache_mode: 'auto',
}
const planned = (set: 'set' | 'set local', planning: Planning): string =>
  Object.entries(planning)
    .map(([name, value]) => `${set} ${name} = ${value}`)
    .join('; ')

/** One round trip opens the transaction, takes the role and names the tenant; all three end with it. */
function openingOf(who: Who): string {
  switch (who.role) {
    case 'owner':
      return `begin; set local role none; ${planned('set local', FREELY)}`
    case 'sealer':
      return `begin; set local role sijil_sealer; ${planned('set local', FREELY)}`
    case 'engine':
      return `begin; set local role sijil_engine; ${planned('set local', BY_KEY)}`
    case 'member':
      return `begin; set local role sijil_member; ${planned('set local', BY_KEY)}; ${tenantOf(who.tenant)}`
  }
}

function tenantOf(tenant: string): string {
  if (tenant === '') throw new RangeError('A member speaks for one tenant; the tenant is empty')
  assertStorableText(tenant, 'naming the tenant')
  return `select set_config('sijil.tenant', ${pg.escapeLiteral(tenant)}, true)`
}

/** Postgres answers COMMIT of a failed transaction with ROLLBACK and no error: work that swallowed a failure must not pass. */
function assertCommitted(result: pg.QueryResult): void {
  if (result.command !== 'COMMIT') {
    throw new Error(
      'The transaction was rolled back: one of its statements had failed and the failure was swallowed. Nothing was changed.',
    )
  }
}

async function abandon(client: pg.PoolClient): Promise<void> {
  const rolledBack = await client.query('rollback').then(
    () => true,
    () => false,
  )
  client.release(!rolledBack)
}

const missingRole = '22023'
const insufficientPrivilege = '42501'
const lostStates = new Set(['57P01', '57P02', '57P03', '25P03', '08000', '08003', '08006'])
const lostCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND'])
/** node-postgres gives these no code. */
const lostMessages =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying|Client was closed)/

function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof DatabaseError) return error.code === 'DATABASE_INTERRUPTED'
  const state = sqlState(error)
  if (state !== undefined) return lostStates.has(state)
  return lostMessages.test(error.message) || ('code' in error && lostCodes.has(String(error.code)))
}

/** For what the connection itself says; what work throws of its own is its own business and passes untouched. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw explained(error)
  }
}

/** Gives the errors that the layers above must tell apart their own code; every other passes as it is. */
function explained(error: unknown): Error {
  if (error instanceof DatabaseError) return error
  if (isLost(error)) {
    const why = error instanceof Error ? error.message : String(error)
    return new DatabaseError(
      'DATABASE_INTERRUPTED',
      `The connection to the database ended (${why}). A commit under way may or may not have taken effect: read before writing again, or present the identical rows again. The next call connects anew.`,
      error,
    )
  }
  if (
    sqlState(error) === missingRole &&
    error instanceof Error &&
    /^role "sijil_\w+" does not exist/.test(error.message)
  ) {
    return new DatabaseError(
      'MIGRATE_FIRST',
      `The database is not prepared for the ledger: ${error.message}. Nothing was changed. Run the migrations first.`,
      error,
    )
  }
  return error instanceof Error ? error : new Error(String(error))
}

function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'The database was closed by this process. Nothing was sent.')
}

function sessionOver(statement: Statement): DatabaseError {
  return new DatabaseError(
    'SESSION_OVER',
    `Statement "${statement.name}" came after its transaction had ended. Nothing was sent. Await every query inside the transaction.`,
  )
}
