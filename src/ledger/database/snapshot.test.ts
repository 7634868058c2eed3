import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openTestDatabase } from '../../../test/support/databases.ts'
import type { Database, Statement } from './database.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot.ts'

const schema = `
  create schema sijil;
  create table sijil.migration (id int primary key);
  insert into sijil.migration values (1);
  -- By name a child comes before its parent, and each refers to the other.
  create table sijil.child (
    id bigint generated always as identity primary key, parent int not null, words text[], note text, twice bigint generated always as (id * 2) stored);
  create table sijil.parent (id int primary key, favourite bigint references sijil.child, at timestamptz, amount numeric, bytes bytea, big bigint, odd float8, doc jsonb);
  alter table sijil.child add foreign key (parent) references sijil.parent;
  create table sijil.fired (id bigserial, what text);
  create function sijil.fire() returns trigger language plpgsql as $$ begin insert into sijil.fired (what) values (new.note); return new; end $$;
  create trigger fires after insert on sijil.child for each row execute function sijil.fire();
`
const filling = `
  insert into sijil.parent values
    (1, null, '2026-02-28 21:00:00.123456+03', 0.10, '\\x00ff', 9007199254740993, 'NaN', '{"ب": [1.0, null]}'),
    (2, null, 'infinity', 'NaN', '', -1, 0.1, 'null');
  insert into sijil.child (parent, words, note) values (1, '{a,"b,\\"c\\"",null}', E'line\\nbreak \\u2028 "quoted" \\\\ سجل');
  insert into sijil.child (parent, note) select 2, repeat('x', 100) || n from generate_series(1, 12000) as n;
  update sijil.parent set favourite = 1 where id = 1;
`
const content: Statement = {
  name: 'content',
  text: `select (select json_agg(p::text order by id) from sijil.parent p) as parents,
                (select json_agg(c::text order by id) from sijil.child c) as children,
                (select json_agg(f::text order by id) from sijil.fired f) as fired`,
}
const nextId: Statement = { name: 'next', text: `insert into sijil.child (parent) values (1) returning id` }

const owner = { role: 'owner' } as const
const settings = { schemaVersion: '7', except: ['migration'] }
const contentOf = (database: Database) => database.transaction(owner, (s) => s.query(content))

async function withDatabase<T>(
  kind: Database['kind'],
  script: string,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openTestDatabase(kind)
  try {
    await database.script(script)
    return await work(database)
  } finally {
    await database.close()
  }
}

describe('A snapshot', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sijil-snapshot-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const [from, to] of [
    ['pglite', 'postgres'],
    ['postgres', 'pglite'],
  ] as const) {
    it(`moves everything from ${from} to ${to}`, async () => {
      const file = join(folder, `${from}.snapshot`)
      const original = await withDatabase(from, schema + filling, async (database) => {
        const seen: number[] = []
        const summary = await takeSnapshot(database, file, { ...settings, onProgress: (rows) => seen.push(rows) })
        assert.deepEqual(summary, { tables: 3, rows: 2 + 12_001 + 12_001 })
        assert.ok(seen.length > 3, 'rows pass through in pages')
        return contentOf(database)
      })
      assert.equal(statSync(file).mode & 0o777, 0o600)
      await withDatabase(to, schema, async (database) => {
        assert.deepEqual(await restoreSnapshot(database, file, settings), { tables: 3, rows: 24_004 })
        assert.deepEqual(await contentOf(database), original)
        assert.deepEqual(await database.transaction(owner, (s) => s.query(nextId)), [{ id: 12_002 }])
      })
    })
  }

  it('is refused, whole, where it does not fit or is damaged', async () => {
    const file = join(folder, 'small.snapshot')
    await withDatabase('postgres', schema + filling, async (database) => {
      await takeSnapshot(database, file, settings)
      await assert.rejects(restoreSnapshot(database, file, settings), {
        code: 'SNAPSHOT_REFUSED',
        message: /already holds rows/,
      })
    })
    await withDatabase('postgres', schema, async (database) => {
      const refuses = async (what: string, why: RegExp, other = settings) => {
        await assert.rejects(restoreSnapshot(database, what, other), { code: 'SNAPSHOT_REFUSED', message: why })
        assert.deepEqual(await contentOf(database), [{ parents: null, children: null, fired: null }])
      }
      await refuses(file, /schema version 7/, { ...settings, schemaVersion: '8' })
      await refuses(file, /differ/, { ...settings, except: [] })
      const changed = (name: string, bytes: Buffer) => {
        writeFileSync(join(folder, name), bytes)
        return join(folder, name)
      }
      const lines = gunzipSync(readFileSync(file)).toString().split('\n')
      await refuses(changed('lost-row', gzipSync(lines.toSpliced(5, 1).join('\n'))), /cut short|damaged/)
      await refuses(changed('no-footer', gzipSync(lines.slice(0, -2).join('\n'))), /cut short/)
      await refuses(changed('not-ours', gzipSync('{}\n')), /no snapshot/)
      await refuses(changed('not-gzip', Buffer.from('hello')), /cannot be read/)
      truncateSync(file, 5_000)
      await refuses(file, /cannot be read/)
      await refuses(join(folder, 'missing'), /cannot be read/)
    })
  })

  it('leaves no file when it fails', async () => {
    await withDatabase('postgres', 'create schema sijil; create table sijil.broken (id int)', async (database) => {
      const file = join(folder, 'failed.snapshot')
      const onProgress = () => assert.fail('disk full')
      await database.script('insert into sijil.broken values (1)')
      await assert.rejects(takeSnapshot(database, file, { ...settings, onProgress }), /disk full/)
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('failed')),
        [],
      )
    })
  })
})
