import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import type { Database, Session } from './database.ts'
import { DatabaseError, sqlState } from './database-error.ts'
import { insertPage, PAGE_BYTES_AIM, PAGE_ROWS_MAX, pagesOf, sql } from './row-pages.ts'
import { readShape, setSequence, Shape, type Table, tableName } from './snapshot-shape.ts'

/**
 * A copy of the whole schema `sijil` in one file, the same from PGlite and from Postgres, so that a ledger can be backed up
 * and moved between them without pg_dump. Gzipped lines of JSON: a header, then per table a line that names it and one line
 * per row, then the footer with the count. A value travels in Postgres' own text form, which its type reads back exactly.
 * Rows pass through one page at a time, whatever the ledger's size.
 */
const formatName = 'sijil-snapshot'
const formatVersion = 1

const Header = z.object({
  format: z.literal(formatName),
  formatVersion: z.literal(formatVersion),
  /** Of the ledger's schema: a snapshot loads only into the same. */
  schemaVersion: z.string(),
  takenAt: z.iso.datetime(),
  shape: Shape,
})
const TableStart = z.object({ table: z.string() })
const Footer = z.object({ rows: z.int() })
const Line = z.union([z.array(z.string().nullable()), TableStart, Footer])

export interface SnapshotSettings {
  /** The version of the ledger's schema in this database, as its migrations tell it. */
  readonly schemaVersion: string
  /** Tables of the schema that migrations fill by themselves, and that a snapshot therefore leaves alone. */
  readonly except?: readonly string[]
  /** Told after every page how many rows have passed so far. */
  readonly onProgress?: (rows: number) => void
}

export interface SnapshotSummary {
  readonly tables: number
  readonly rows: number
}

/**
 * Writes a consistent copy while others go on writing (on PGlite they wait). The file appears under its name only when it is
 * whole, readable by its owner alone: it holds everything, sealed personal fields included.
 */
export async function takeSnapshot(
  database: Database,
  file: string,
  settings: SnapshotSettings,
): Promise<SnapshotSummary> {
  const partial = `${file}.partial`
  const summary = { tables: 0, rows: 0 }
  try {
    await database.transaction({ role: 'owner' }, async (session) => {
      await session.query(sql('set transaction isolation level repeatable read, read only'))
      // Row-level security would leave rows out without a word; this makes it an error instead.
      await session.query(sql('set local row_security = off'))
      const lines = Readable.from(snapshotLines(session, settings, summary))
      await pipeline(lines, createGzip(), createWriteStream(partial, { mode: 0o600 }))
    })
    await forceToDisk(partial)
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return summary
}

/**
 * Loads a snapshot into a schema that was freshly migrated to the same version and holds no rows. All or nothing. Triggers
 * do not fire, so audit rows are not written twice; foreign keys were true when the snapshot was taken. Throws
 * SNAPSHOT_REFUSED for another version or shape, a damaged file, or a ledger that is not empty.
 */
export async function restoreSnapshot(
  database: Database,
  file: string,
  settings: SnapshotSettings,
): Promise<SnapshotSummary> {
  const loaded = database.transaction({ role: 'owner' }, async (session) => {
    await session.query(sql('set local session_replication_role = replica'))
    await session.query(sql('set local row_security = off'))
    const lines = readLines(file)
    const first = await lines.next()
    const header = parseHeader(first.done === true ? '' : first.value, file)
    const shape = await readShape(session, settings.except ?? [])
    await assertFits(session, header, shape, settings, file)
    const loader = new Loader(session, shape, settings)
    for await (const text of lines) await loader.take(text, file)
    loader.assertWhole(file)
    for (const sequence of header.shape.sequences) await setSequence(session, sequence)
    return { tables: shape.tables.length, rows: loader.rows }
  })
  return loaded.catch((error: unknown) => {
    throw isOfValues(error) ? refused(file, 'it is damaged: it holds what the tables cannot', error) : error
  })
}

/** Values that are none of their type, rows that contradict each other, a sequence that is not there. */
const isOfValues = (error: unknown): boolean => /^(22|23|42P01|42602)/.test(sqlState(error) ?? '')

async function* snapshotLines(
  session: Session,
  settings: SnapshotSettings,
  summary: { tables: number; rows: number },
): AsyncGenerator<string> {
  const shape = await readShape(session, settings.except ?? [])
  const { schemaVersion } = settings
  const takenAt = new Date().toISOString()
  yield line({ format: formatName, formatVersion, schemaVersion, takenAt, shape } satisfies z.input<typeof Header>)
  for (const table of shape.tables) {
    yield line({ table: table.name })
    for await (const page of pagesOf(session, table)) {
      yield page.map((row) => `${row}\n`).join('')
      summary.rows += page.length
      settings.onProgress?.(summary.rows)
    }
    summary.tables++
  }
  yield line({ rows: summary.rows })
}

/** Gathers rows of one table and inserts them about a megabyte at a time. */
class Loader {
  readonly #session: Session
  readonly #tables: ReadonlyMap<string, Table>
  readonly #settings: SnapshotSettings
  #table: Table | undefined
  #page: string[] = []
  #pageBytes = 0
  #promised: number | undefined
  rows = 0

  constructor(session: Session, shape: Shape, settings: SnapshotSettings) {
    this.#session = session
    this.#tables = new Map(shape.tables.map((table) => [table.name, table]))
    this.#settings = settings
  }

  async take(text: string, file: string): Promise<void> {
    const parsed = Line.safeParse(parseJson(text))
    if (!parsed.success || this.#promised !== undefined) throw refused(file, 'it is damaged')
    if (Array.isArray(parsed.data)) return this.#takeRow(text, file)
    await this.#flush()
    if ('table' in parsed.data) this.#table = this.#tables.get(parsed.data.table)
    else this.#promised = parsed.data.rows
  }

  assertWhole(file: string): void {
    if (this.#promised !== this.rows) throw refused(file, `it is cut short after ${this.rows} rows`)
  }

  async #takeRow(text: string, file: string): Promise<void> {
    if (this.#table === undefined) throw refused(file, 'it holds rows of a table that it does not name')
    this.#page.push(text)
    this.#pageBytes += text.length
    if (this.#pageBytes >= PAGE_BYTES_AIM || this.#page.length >= PAGE_ROWS_MAX) await this.#flush()
  }

  async #flush(): Promise<void> {
    if (this.#table === undefined || this.#page.length === 0) return
    await insertPage(this.#session, this.#table, this.#page)
    this.rows += this.#page.length
    this.#page = []
    this.#pageBytes = 0
    this.#settings.onProgress?.(this.rows)
  }
}

async function assertFits(
  session: Session,
  header: z.output<typeof Header>,
  shape: Shape,
  settings: SnapshotSettings,
  file: string,
): Promise<void> {
  if (header.schemaVersion !== settings.schemaVersion) {
    throw refused(file, `it is of schema version ${header.schemaVersion} and this ledger of ${settings.schemaVersion}`)
  }
  if (JSON.stringify(header.shape.tables) !== JSON.stringify(shape.tables)) {
    throw refused(file, 'its tables or columns differ from those here')
  }
  for (const table of shape.tables) {
    const found = await session.query(sql(`select 1 from ${tableName(table)} limit 1`))
    if (found.length > 0) throw refused(file, `table ${table.name} here already holds rows`)
  }
}

/** Splits at LF only, which JSON escapes inside text. Node's readline also splits at U+2028, which JSON does not. */
async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const unzipped = createGunzip()
  source.on('error', (error) => unzipped.destroy(error))
  source.pipe(unzipped).setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of unzipped) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw refused(file, `it cannot be read (${error instanceof Error ? error.message : String(error)})`)
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}

function parseHeader(text: string, file: string): z.output<typeof Header> {
  const parsed = Header.safeParse(parseJson(text))
  if (!parsed.success) throw refused(file, 'it is no snapshot of a format that this version knows')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function forceToDisk(file: string): Promise<void> {
  await using handle = await open(file, 'r')
  await handle.sync()
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

function refused(file: string, why: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    'SNAPSHOT_REFUSED',
    `The snapshot ${file} was not loaded: ${why}. Nothing was changed.`,
    cause,
  )
}
