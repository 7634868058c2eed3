/** What the ledger, the vendors and the disk look like, as short texts that are equal as long as nothing changed. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../src/ledger/database/database.ts'
import { readSealingLag } from '../../src/ledger/tree/sealer.ts'
import type { FuzzWorld } from './fuzz-world.ts'

/**
 * Left out: how far the sealer has looked, which moves by itself with every pass of it and says nothing of any request. All that
 * it seals is looked at. Reads and refusals write nothing to any other table; one read does, on purpose: whoever decides a task
 * and reads its personal values leaves a `task.read` in the audit log. That read is among the requests that may do their work.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['sealing'])

export type Digests = ReadonlyMap<string, string>

export async function digestsOf({ served, sandbox }: Pick<FuzzWorld, 'served' | 'sandbox'>): Promise<Digests> {
  const { database, headsFile, settings, sealer } = served.sijil
  // What was written is sealed soon after: waiting for that makes it a change of the same moment.
  do await sealer.sealNow()
  while ((await readSealingLag(database)).rows > 0)
  const snapshots = await readdir(join(settings.dataDir, 'snapshots')).catch(() => [])
  return new Map([
    ...(await tablesOf(database)),
    [
      'heads file',
      createHash('sha256')
        .update(await readFile(headsFile))
        .digest('hex'),
    ],
    ['snapshots on disk', String(snapshots.length)],
    ['acts of vendors', String(sandbox.acts().length)],
  ])
}

/** The names of what differs. */
export const changedBetween = (before: Digests, after: Digests): readonly string[] =>
  [...after].flatMap(([name, digest]) => (before.get(name) === digest ? [] : [name]))

async function tablesOf(database: Database): Promise<readonly (readonly [string, string])[]> {
  return database.transaction({ role: 'owner' }, async (session) => {
    const tables = await session.query<{ readonly name: string }>({
      name: '',
      text: "select table_name as name from information_schema.tables where table_schema = 'sijil' order by 1",
    })
    const looked = tables.map(({ name }) => name).filter((name) => !LEFT_OUT.has(name))
    if (looked.length === 0) throw new Error('the ledger has no tables')
    const text = looked
      .map((name) => {
        const digest = `md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), ''))`
        return `select '${name}' as name, count(*) || ' rows, ' || ${digest} as digest from sijil.${name} t`
      })
      .join(' union all ')
    const rows = await session.query<{ readonly name: string; readonly digest: string }>({ name: '', text })
    return rows.map(({ name, digest }) => [name, digest] as const)
  })
}
