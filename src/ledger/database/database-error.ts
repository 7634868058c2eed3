/** What went wrong below the ledger, by what happens next. Statement errors of Postgres itself keep their own SQLSTATE and class. */
export type DatabaseErrorCode =
  /** The connection ended under the statement. A commit under way may or may not have taken effect. */
  | 'DATABASE_INTERRUPTED'
  /** The database was closed by this process. */
  | 'DATABASE_CLOSED'
  /** The database is there, the roles of the ledger are not. */
  | 'MIGRATE_FIRST'
  /** A session was used after its transaction had ended. */
  | 'SESSION_OVER'
  /** Another process holds the data directory. */
  | 'DATA_DIRECTORY_IN_USE'
  /** PGlite's inside is not what the durability guard was written for. */
  | 'EMBEDDED_DATABASE_CHANGED'
  /** Text that Postgres cannot keep: a NUL, or half a surrogate pair. */
  | 'TEXT_NOT_STORABLE'
  /** A snapshot file that cannot be loaded here. */
  | 'SNAPSHOT_REFUSED'

export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode

  constructor(code: DatabaseErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DatabaseError'
    this.code = code
  }
}

/** The SQLSTATE of an error that Postgres itself raised. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
