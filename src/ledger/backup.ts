import type { Database, Statement } from './database/database.ts'
import { restoreSnapshot, type SnapshotSummary, takeSnapshot } from './database/snapshot.ts'
import { migrate, migrations } from './migrate.ts'

export type { SnapshotSummary } from './database/snapshot.ts'

const mark: Statement = {
  name: 'backup.mark_restored',
  text: `insert into sijil.restored (at_ms) values (sijil.now_ms()) on conflict (one) do update set at_ms = excluded.at_ms`,
}
const noteRestore: Statement = {
  name: 'backup.note_restored',
  text: `insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
    select tenant, sijil.instant(sijil.now_ms()), 'sijil', 'ledger.restored', null, tenant, null, null, 'restore',
      'runs from before may have forgotten what they sent: their outside effects ask first'
    from sijil.tenants`,
}

/** What migrations write by themselves, the clock that only tests hold, the mark, which is made anew, and where the original is. */
const except = ['migrations', 'clock', 'restored', 'whereabouts'] as const

/** Names the schema: a snapshot loads only into the same. */
const schemaVersion = (): string => {
  const last = migrations().at(-1)
  return last === undefined ? 'none' : `${last.number}.${last.digest.slice(0, 12)}`
}

export type OnProgress = (rows: number) => void

/** A consistent copy of the whole ledger in one file, while others go on writing. Keys are not in it. */
export const backUp = (database: Database, file: string, onProgress: OnProgress = () => {}): Promise<SnapshotSummary> =>
  takeSnapshot(database, file, { schemaVersion: schemaVersion(), except, onProgress })

/**
 * Loads a copy into an empty database and puts the ledger in quarantine: every run from before asks whether an outside effect
 * happened before it makes one. Throws `DatabaseError` SNAPSHOT_REFUSED. Not while an engine drives runs on this database.
 */
export async function restore(
  database: Database,
  file: string,
  onProgress: OnProgress = () => {},
): Promise<SnapshotSummary> {
  await migrate(database)
  // Before the rows: a process that ends in between must not leave a restored ledger that nobody knows to be one.
  await database.transaction({ role: 'owner' }, (session) => session.query(mark))
  const summary = await restoreSnapshot(database, file, { schemaVersion: schemaVersion(), except, onProgress })
  await database.transaction({ role: 'owner' }, (session) => session.query(noteRestore))
  return summary
}
