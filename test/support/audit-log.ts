/** Audit rows as a test wants them, also in ways that no writer of ours would. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database, Session, Statement } from '../../src/ledger/database/database.ts'
import type { Sealer } from '../../src/ledger/tree/sealer.ts'

const insertAudit: Statement = {
  name: 'test.insert_audit',
  text: `insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
  select $1, sijil.instant(1763817600000 + n), 'engine', 'step done', null, 'row ' || n, null, 'digest ' || n, 'worker', null
  from generate_series(1, $2::int) n returning id`,
}

export const addAuditRows = async (session: Session, tenant: string, count: number): Promise<readonly number[]> =>
  (await session.query<{ readonly id: number }>(insertAudit, [tenant, count])).map(({ id }) => id)

const lacksFinality: Statement = {
  name: 'test.lacks_finality',
  text: `select exists (select from sijil.audit a where a.tenant = $1
    and a.id > coalesce((select s.final_below from sijil.sealing s where s.tenant = $1), 0)) as "lacks"`,
}

/**
 * Seals until the tenant's rows are final, which they are not while any transaction of the server that was under way when they
 * were sealed goes on: those of the other databases count too, and other tests work in them.
 */
export async function sealForGood(database: Database, sealer: Sealer, tenant: string): Promise<void> {
  for (let lacks = true; lacks; ) {
    await sealer.sealNow()
    const rows = await database.transaction({ role: 'owner' }, (session) =>
      session.query<{ readonly lacks: boolean }>(lacksFinality, [tenant]),
    )
    lacks = rows[0]?.lacks !== false
  }
}

/** Changes what only an administrator of the database can change: past the triggers that keep tables append-only. */
export const tamper = (database: Database, sql: string): Promise<void> =>
  database.script(`set session_replication_role = replica; ${sql}; set session_replication_role = default`)

/** A directory that is gone again with `using`. */
export function temporaryDirectory(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'sijil-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
