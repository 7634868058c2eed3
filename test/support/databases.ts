import { after, before, describe } from 'node:test'
import type { Database } from '../../src/ledger/database/database.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { createTestDatabase } from './postgres.ts'

/** An empty database of the kind, in memory or on the test server. Whoever opens it closes it. */
export async function openTestDatabase(kind: Database['kind']): Promise<Database> {
  return openDatabase(kind === 'pglite' ? {} : { url: await createTestDatabase() })
}

/** Runs a suite on PGlite and on Postgres, each time on one fresh database that its tests share. */
export function onBothDatabases(title: string, suite: (database: () => Database) => void): void {
  for (const kind of ['pglite', 'postgres'] as const) {
    describe(`${title} (${kind})`, () => {
      suite(whileTestsRun(() => openTestDatabase(kind)))
    })
  }
}

/** A fresh, migrated ledger for the suite in which this is called. */
export function ledgerForSuite(kind: Database['kind']): () => Database {
  return whileTestsRun(async () => {
    const database = await openTestDatabase(kind)
    await migrate(database)
    return database
  })
}

/** Opened before the first test of the suite in which this is called, and closed after its last. */
export function whileTestsRun<Opened extends { close(): Promise<void> }>(open: () => Promise<Opened>): () => Opened {
  let opened: Opened | undefined
  before(async () => {
    opened = await open()
  })
  after(() => opened?.close())
  return () => {
    if (opened === undefined) throw new Error('It is open only while the tests of its suite run')
    return opened
  }
}
