import { columnTypes } from './column-types.ts'
import { PooledDatabase, quietPool } from './pooled-database.ts'

export interface PostgresSettings {
  /** postgres://user:password@host:port/database. The user owns the schema and may take the roles of the ledger. */
  readonly url: string
  /** What the server calls these connections. Default `sijil`: by it, whoever moves the ledger sees that it is in use. */
  readonly applicationName?: string | undefined
  /** Connections of the batched writer and its short questions. Default 4: two statements in flight, and room to ask. */
  readonly engineConnections?: number | undefined
  /** Connections for transactions. Default 8. */
  readonly connections?: number | undefined
  /** The server ends a statement that runs longer. Default 60 000. */
  readonly statementDeadlineMs?: number | undefined
  /** The server ends a transaction that sends nothing for longer. Default 60 000. */
  readonly idleInTransactionMs?: number | undefined
}

export const APPLICATION_NAME = 'sijil'
const connectTimeoutMs = 30_000
const idleConnectionMs = 60_000

export class PostgresDatabase extends PooledDatabase {
  readonly kind = 'postgres'

  constructor(settings: PostgresSettings) {
    const shared = {
      connectionString: settings.url,
      application_name: settings.applicationName ?? APPLICATION_NAME,
      options: '-c TimeZone=UTC',
      statement_timeout: settings.statementDeadlineMs ?? 60_000,
      idle_in_transaction_session_timeout: settings.idleInTransactionMs ?? 60_000,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleConnectionMs,
      keepAlive: true,
      types: columnTypes,
    } as const
    super({
      engine: quietPool({ ...shared, max: settings.engineConnections ?? 4 }),
      general: quietPool({ ...shared, max: settings.connections ?? 8 }),
    })
  }
}
