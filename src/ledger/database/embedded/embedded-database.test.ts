import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Statement } from '../database.ts'
import { type EmbeddedDatabase, type EmbeddedSettings, openEmbedded } from './embedded-database.ts'
import { readHolder } from './data-directory.ts'

const owner = { role: 'owner' } as const
const notes = 'create role sijil_engine; create table public.notes (id int); grant all on public.notes to sijil_engine'
const write: Statement = { name: 'write', text: 'insert into public.notes values ($1::int4)' }
const read: Statement = { name: 'read', text: 'select id from public.notes order by id' }
const endless: Statement = { name: 'endless', text: 'select count(*) from generate_series(1, 100000000000)' }

async function onDisk(work: (dataDir: string) => Promise<void>): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'sijil-embedded-'))
  try {
    await work(join(parent, 'ledger'))
  } finally {
    rmSync(parent, { recursive: true })
  }
}

async function opened(settings: EmbeddedSettings, work: (database: EmbeddedDatabase) => Promise<void>): Promise<void> {
  const database = await openEmbedded(settings)
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

describe('The embedded database on disk', () => {
  it('forces every commit to disk, once, and nothing for reads', () =>
    onDisk((dataDir) =>
      opened({ dataDir }, async (database) => {
        await database.script(notes)
        await database.engine.query(write, [0])
        const before = database.syncs
        assert.ok(before > 0)
        for (let id = 1; id <= 10; id++) await database.engine.query(write, [id])
        assert.equal(database.syncs - before, 10)
        await database.transaction(owner, async (s) => {
          await s.query(write, [11])
          await s.query(write, [12])
        })
        assert.equal(database.syncs - before, 11)
        await database.engine.query(read)
        assert.equal(database.syncs - before, 11)
        const settings: Statement = {
          name: 'settings',
          text: `select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method`,
        }
        assert.deepEqual(await database.engine.query(settings), [{ fsync: 'on', method: 'fsync' }])
      }),
    ))

  it('keeps what was committed, holds its directory while open, and says where it answers', () =>
    onDisk(async (dataDir) => {
      await opened({ dataDir }, async (database) => {
        await database.script(notes)
        await database.engine.query(write, [7])
        await assert.rejects(openEmbedded({ dataDir }), { code: 'DATA_DIRECTORY_IN_USE' })
        database.announceAddress('http://127.0.0.1:9090')
        assert.equal(readHolder(dataDir)?.address, 'http://127.0.0.1:9090')
      })
      assert.equal(readHolder(dataDir), undefined)
      await opened({ dataDir }, async (database) => {
        assert.deepEqual(await database.engine.query(read), [{ id: 7 }])
      })
    }))

  it('restarts: what was asked fails clearly, what was committed is there, the next call works', () =>
    onDisk((dataDir) =>
      opened({ dataDir }, async (database) => {
        await database.script(notes)
        await database.engine.query(write, [1])
        const stuck = assert.rejects(database.engine.query(endless), { code: 'DATABASE_INTERRUPTED' })
        const half = assert.rejects(
          database.transaction(owner, (s) => s.query(write, [2]).then(() => s.query(endless))),
          { code: 'DATABASE_INTERRUPTED' },
        )
        await database.restart()
        await stuck
        await database.restart()
        await half
        assert.deepEqual(await database.engine.query(read), [{ id: 1 }])
        await database.restart()
        assert.deepEqual(await database.engine.query(read), [{ id: 1 }])
      }),
    ))

  it('starts anew when the process died while it was being prepared', () =>
    onDisk(async (dataDir) => {
      await opened({ dataDir }, (database) => database.script('select 1'))
      const pgData = join(dataDir, 'pgdata')
      assert.ok(existsSync(pgData))
      // What such a death leaves: a part of the directory, still under its temporary name.
      cpSync(join(pgData, 'global'), join(`${pgData}.preparing`, 'global'), { recursive: true })
      rmSync(pgData, { recursive: true })
      await opened({ dataDir }, (database) => database.script(notes))
      assert.ok(!existsSync(`${pgData}.preparing`))
    }))

  it('starts although the process before died between making the file of its process id and writing it', () =>
    onDisk(async (dataDir) => {
      await opened({ dataDir }, (database) => database.script(notes))
      writeFileSync(join(dataDir, 'pgdata', 'postmaster.pid'), '')
      await opened({ dataDir }, async (database) => assert.deepEqual(await database.engine.query(read), []))
    }))
})

describe('The embedded database', () => {
  it('ends a statement that runs over its deadline, and serves the next one', () =>
    onDisk((dataDir) =>
      opened({ dataDir, statementDeadlineMs: 300 }, async (database) => {
        await database.script(notes)
        const over = database.engine.query(endless)
        const behind = database.engine.query(write, [1])
        await assert.rejects(over, { code: 'DATABASE_INTERRUPTED', message: /ran for more than 300 ms/ })
        assert.deepEqual(await behind, [])
        assert.deepEqual(await database.engine.query(read), [{ id: 1 }])
      }),
    ))

  it('rolls back a transaction that waits inside for its own turn', () =>
    opened({ idleInTransactionMs: 200 }, async (database) => {
      await database.script(notes)
      const waiting = database.transaction(owner, async (s) => {
        await s.query(write, [1])
        await database.engine.query(read)
        await s.query(write, [2])
      })
      await assert.rejects(waiting, { code: 'DATABASE_INTERRUPTED' })
      assert.deepEqual(await database.engine.query(read), [])
    }))

  it('leaves the event loop free while a statement runs', () =>
    opened({}, async (database) => {
      const slow: Statement = { name: 'slow', text: 'select count(*)::int4 as n from generate_series(1, 200000)' }
      let turns = 0
      const counting = setInterval(() => turns++, 1)
      assert.deepEqual(await database.transaction(owner, (s) => s.query(slow)), [{ n: 200000 }])
      clearInterval(counting)
      assert.ok(turns > 0)
    }))

  it('starts from a template made by the very PGlite that is installed', () => {
    const packageFile = fileURLToPath(import.meta.resolve('@electric-sql/pglite')).replace(/dist.*$/s, 'package.json')
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string } // npm writes it so
    assert.deepEqual(readdirSync(new URL('./template/', import.meta.url)), [`pglite-${version}.tar.zst`])
  })
})
