import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Database, Session, Statement } from './database/database.ts'
import { assertOpen } from './database/whereabouts.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly digest: string
}

/** The schema in the database is not one that this version can bring up to date. Nothing was changed. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused'
  readonly code: 'SCHEMA_NEWER' | 'MIGRATION_CHANGED'
  constructor(code: SchemaRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

const FOLDER = new URL('./migrations/', import.meta.url)

/** The numbered .sql files beside this one, in order. */
export const migrations = (): readonly Migration[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => {
      const sql = readFileSync(new URL(file, FOLDER), 'utf8')
      return {
        number: Number.parseInt(file, 10),
        name: file.replace(/^\d+_|\.sql$/g, ''),
        sql,
        digest: createHash('sha256').update(sql).digest('hex'),
      }
    })

const LOCK = "select pg_advisory_xact_lock(hashtext('sijil.migrations'));"
const PREPARE = `${LOCK}
create schema if not exists sijil;
create table if not exists sijil.migrations (number integer primary key, name text not null, digest text not null, applied_at timestamptz not null default now());`

const applied: Statement = {
  name: 'migrations_applied',
  text: 'select number, digest from sijil.migrations order by number',
}

const readApplied = (database: Database): Promise<ReadonlyMap<number, string>> =>
  database.transaction({ role: 'owner' }, async (session: Session) => {
    const rows = await session.query<{ number: number; digest: string }>(applied)
    return new Map(rows.map(({ number, digest }) => [number, digest]))
  })

/**
 * Whoever opens a ledger begins with this. Brings the schema up to date and answers the migrations that it applied. Any number of
 * processes may do this at once. Throws `SchemaRefused` when the database was migrated by a newer version, or by files that have changed
 * since, and `LedgerRefused` when the ledger is not here.
 */
export async function migrate(
  database: Database,
  files: readonly Migration[] = migrations(),
): Promise<readonly Migration[]> {
  await database.transaction({ role: 'owner' }, assertOpen)
  return migrateClosed(database, files)
}

/** Also a ledger that nobody may open: for whoever moves it. */
export async function migrateClosed(
  database: Database,
  files: readonly Migration[] = migrations(),
): Promise<readonly Migration[]> {
  await database.script(PREPARE)
  const done: Migration[] = []
  for (const migration of files) {
    const before = await readApplied(database)
    refuseUnknown(before, files)
    if (before.has(migration.number)) continue
    try {
      await database.script(apply(migration))
      done.push(migration)
    } catch (error) {
      // Another process may have applied it while this one waited for the lock; then its objects exist already.
      if (!(await readApplied(database)).has(migration.number)) throw error
    }
  }
  return done
}

// Name and digest come from our own file and hold no quotes.
const apply = ({ number, name, sql, digest }: Migration): string =>
  `${LOCK}\n${sql}\ninsert into sijil.migrations (number, name, digest) values (${number}, '${name}', '${digest}');`

function refuseUnknown(known: ReadonlyMap<number, string>, files: readonly Migration[]): void {
  for (const [number, digest] of known) {
    const file = files.find((migration) => migration.number === number)
    if (file === undefined) {
      throw new SchemaRefused(
        'SCHEMA_NEWER',
        `The database has migration ${number}, which this version of Sijil does not know. Nothing was changed. Run the version that wrote it, or a newer one.`,
      )
    }
    if (file.digest !== digest) {
      throw new SchemaRefused(
        'MIGRATION_CHANGED',
        `Migration ${number} was applied from a different file. Nothing was changed. A released migration is never edited: restore the file and add a new one.`,
      )
    }
  }
}
