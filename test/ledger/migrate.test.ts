import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Database } from '../../src/ledger/database/database.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { type Migration, migrate, migrations, SchemaRefused } from '../../src/ledger/migrate.ts'
import { onBothDatabases, openTestDatabase } from '../support/databases.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'

onBothDatabases('Migrations', (database) => {
  before(() => migrate(database()))
  const refused = (code: SchemaRefused['code']) => (error: unknown) =>
    error instanceof SchemaRefused && error.code === code && /Nothing was changed/.test(error.message)

  test('are applied once', async () => {
    assert.deepEqual(await migrate(database()), [])
  })

  test('of a newer version are refused, and the schema stays', async () => {
    const older = migrations().slice(0, -1)
    await assert.rejects(migrate(database(), older), refused('SCHEMA_NEWER'))
    assert.deepEqual(await migrate(database()), [])
  })

  test('whose file has changed since are refused, and the schema stays', async () => {
    const changed = migrations().map((migration) =>
      migration.number === 2 ? { ...migration, digest: 'another' } : migration,
    )
    await assert.rejects(migrate(database(), changed), refused('MIGRATION_CHANGED'))
    assert.deepEqual(await migrate(database()), [])
  })

  test('that fail leave nothing behind', async () => {
    const bad: Migration = {
      number: 999,
      name: 'bad',
      digest: 'd',
      sql: 'create table sijil.half (a int); select 1/0;',
    }
    await assert.rejects(migrate(database(), [...migrations(), bad]), { code: '22012' })
    const [half] = await database().transaction({ role: 'owner' }, (session) =>
      session.query({ name: '', text: "select to_regclass('sijil.half')::text as half" }),
    )
    assert.deepEqual(half, { half: null })
    assert.deepEqual(await migrate(database()), [])
  })
})

describe('Twenty migrations at once', () => {
  let server: TestPostgres
  /** A server of its own: its roles are made here for the first time. */
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  async function migrateAll(urls: readonly string[]): Promise<readonly (readonly Migration[])[]> {
    const databases = await Promise.all(urls.map((url) => openDatabase({ url })))
    try {
      return await Promise.all(databases.map((database) => migrate(database)))
    } finally {
      await Promise.all(databases.map((database) => database.close()))
    }
  }

  test('of as many databases of one server all succeed, although roles are shared', async () => {
    const urls: string[] = []
    for (let count = 0; count < 20; count += 1) urls.push(await server.createDatabase())
    for (const applied of await migrateAll(urls)) assert.equal(applied.length, migrations().length)
  })

  test('all grant themselves roles that somebody else has made', async () => {
    const another = await startPostgres()
    try {
      const maintenance = await openDatabase({ url: another.url })
      for (const role of ['sijil_engine', 'sijil_member', 'sijil_sealer'])
        await maintenance.script(`create role ${role} nologin`)
      await maintenance.close()
      const urls: string[] = []
      for (let count = 0; count < 20; count += 1) urls.push(await another.createDatabase())
      for (const applied of await migrateAll(urls)) assert.equal(applied.length, migrations().length)
    } finally {
      await another.stop()
    }
  })

  test('of one database all succeed, and each file is applied once', async () => {
    const url = await server.createDatabase()
    const applied = (await migrateAll(Array.from({ length: 20 }, () => url))).flat()
    assert.deepEqual(
      applied.map(({ number }) => number).toSorted((one, other) => one - other),
      migrations().map(({ number }) => number),
    )
  })
})

describe('A database that was never migrated', () => {
  let database: Database
  before(async () => {
    database = await openTestDatabase('pglite')
  })
  after(() => database.close())

  test('says what to do', async () => {
    await assert.rejects(database.engine.query({ name: 'any', text: 'select 1' }), { code: 'MIGRATE_FIRST' })
  })
})
