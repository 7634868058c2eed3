/**
 * The one door to the database. PGlite (in this process) and Postgres (a server) look the same from above: same SQL, same
 * migrations, same tests. What differs is behind `openDatabase`.
 */

/** A value that a statement takes. A Buffer travels in Postgres' binary format: see `binary-array.ts`, and cast it in the text. */
export type Param = string | number | bigint | boolean | null | Buffer | Date | readonly string[]

/** One statement, prepared once per connection under its name. One name always has one text. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface Session {
  query<Row extends object>(statement: Statement, params?: readonly Param[]): Promise<readonly Row[]>
}

/**
 * Who speaks. `engine`: the batched writer (sijil_engine). `member`: readers and deciders, who see one tenant
 * (sijil_member). `sealer`: sijil_sealer. `owner`: migrations, verification, snapshots; the connecting user itself.
 */
type Role = 'engine' | 'member' | 'sealer' | 'owner'

/** Whoever opens a transaction says who they are; a member also says for which tenant. */
export type Who = { readonly role: 'member'; readonly tenant: string } | { readonly role: Exclude<Role, 'member'> }

export interface Database {
  readonly kind: 'pglite' | 'postgres'
  /** The hot path: one statement, one round trip, under sijil_engine, committed by itself. */
  readonly engine: Session
  /**
   * One transaction under a role; for a member the tenant is set as `sijil.tenant` until it ends.
   * Commits when `work` resolves, rolls back when it throws. The session is dead once `work` has settled.
   */
  transaction<T>(who: Who, work: (session: Session) => Promise<T>): Promise<T>
  /** Runs a script of many statements as the owner (migrations). One implicit transaction unless it holds its own. */
  script(sql: string): Promise<void>
  /** Ends every connection after the work that is under way. Later calls fail with DATABASE_CLOSED. */
  close(): Promise<void>
}
