import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../test/support/postgres.ts'
import type { Case } from '../scenarios/scenario.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { postgresSettings } from './postgres-settings.ts'

/** Where a ledger lives. Plain data, so that another process can be told of it. */
export interface Place {
  readonly kind: Database['kind']
  /** The embedded database, and the file of tree heads. */
  readonly dataDir: string
  /** The Postgres; undefined for PGlite. */
  readonly url: string | undefined
  readonly keysDir: string
  /** How many organisations share it. */
  readonly tenants: number
}

/**
 * A new place on disk, gone with `opened`. Postgres is a server of its own, from the binaries of the development dependency, on a
 * Unix socket, with fsync on.
 */
export async function newPlace(
  { database: kind, isQuick }: Pick<Case, 'database' | 'isQuick'>,
  opened: AsyncDisposableStack,
): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), 'sijil-bench-'))
  opened.defer(() => rm(home, { recursive: true, force: true }))
  const url = kind === 'postgres' ? await startedFor(opened) : undefined
  return { kind, url, dataDir: join(home, 'data'), keysDir: join(home, 'keys'), tenants: isQuick ? 4 : 100 }
}

async function startedFor(opened: AsyncDisposableStack): Promise<string> {
  const server = await startPostgres(postgresSettings)
  opened.defer(() => server.stop())
  return server.createDatabase()
}
