import { PGlite } from '@electric-sql/pglite'
import { columnTypes } from '../../src/ledger/database/column-types.ts'
import { readTemplate } from '../../src/ledger/database/embedded/template.ts'
import { WorkerSocket } from '../../src/ledger/database/embedded/worker-socket.ts'
import { PooledDatabase, quietPool } from '../../src/ledger/database/pooled-database.ts'
import { migrate } from '../../src/ledger/migrate.ts'

/** PGlite in this very thread: a statement is over before anything else happens, and nothing waits for a socket. */
class LedgerInThread extends PooledDatabase {
  // Several workers share it, which an engine expects of Postgres only.
  readonly kind = 'postgres'
  readonly #pglite: PGlite

  constructor(pglite: PGlite) {
    const host = {
      used: false,
      ended: new Promise<never>(() => {}),
      request: (bytes: Uint8Array) => answer(pglite, bytes),
    }
    const pool = quietPool({
      stream: () => new WorkerSocket(async () => host, 86_400_000),
      ssl: false,
      max: 1,
      idleTimeoutMillis: 0,
      types: columnTypes,
    })
    super({ engine: pool, general: pool })
    this.#pglite = pglite
  }

  protected override closeBelow(): Promise<void> {
    return this.#pglite.close()
  }
}

/** PGlite runs the request before `execProtocolRawStream` returns. */
async function answer(pglite: PGlite, request: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  void pglite.execProtocolRawStream(request, { syncToFs: false, onRawData: (bytes) => chunks.push(bytes.slice()) })
  return Buffer.concat(chunks)
}

let migrated: Promise<Blob> | undefined

/** An empty, migrated ledger. The first one takes seconds, the next ones are copies. */
export async function openLedger(): Promise<PooledDatabase> {
  migrated ??= migrateOnce()
  return new LedgerInThread(await PGlite.create({ loadDataDir: await migrated }))
}

async function migrateOnce(): Promise<Blob> {
  const pglite = await PGlite.create({ loadDataDir: new Blob([readTemplate()]) })
  const ledger = new LedgerInThread(pglite)
  await migrate(ledger)
  const dump = await pglite.dumpDataDir('none')
  await ledger.close()
  return dump
}
