import { type EmbeddedDatabase, type EmbeddedSettings, openEmbedded } from './embedded/embedded-database.ts'
import { PostgresDatabase, type PostgresSettings } from './postgres-database.ts'

export type DatabaseSettings = EmbeddedSettings & Partial<PostgresSettings>

/**
 * With a `url`, the Postgres there; it is asked once, so that a wrong address fails here. Else PGlite, in `dataDir` or,
 * without one, in memory. Throws DATA_DIRECTORY_IN_USE when another process holds the directory.
 */
export async function openDatabase(settings: DatabaseSettings): Promise<EmbeddedDatabase | PostgresDatabase> {
  const { url } = settings
  if (url === undefined) return openEmbedded(settings)
  const database = new PostgresDatabase({ ...settings, url })
  try {
    await database.script('select 1')
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
