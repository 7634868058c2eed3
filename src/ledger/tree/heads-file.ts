import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { headLine, parseHeadLine, type SignedHead } from './tree-head.ts'

/**
 * Heads outside the database, one a line (`heads.ndjson`): who rewrites the database cannot rewrite them too. Keep the file,
 * or copies of it, where the database's administrators cannot reach. It only grows.
 */
export interface HeadsFile {
  /** The size of the last head that the file holds for each tenant. */
  readonly sizes: ReadonlyMap<string, number>
  /** Returns once the heads are on disk. A head that the file holds already, or that a later one includes, is left out. */
  append(heads: readonly SignedHead[]): Promise<void>
  close(): Promise<void>
}

/** Creates the file, and the directory above it, if need be. Processes on one machine may share it. */
export async function openHeadsFile(path: string): Promise<HeadsFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'a+', 0o600)
  const sizes = new Map<string, number>()
  try {
    for await (const line of readHeadsFile(path)) {
      if (line.head !== undefined) sizes.set(line.head.tenant, line.head.size)
    }
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    sizes,
    append: async (heads) => {
      const fresh = heads.filter(({ tenant, size }) => size > (sizes.get(tenant) ?? -1))
      if (fresh.length === 0) return
      // What a full disk or a power cut tore off stays, as a line of its own; it must not swallow the next one.
      const start = (await endsWithinALine(file)) ? '\n' : ''
      await file.appendFile(start + fresh.map((head) => `${headLine(head)}\n`).join(''))
      await file.datasync()
      for (const { tenant, size } of fresh) sizes.set(tenant, size)
    },
    close: () => file.close(),
  }
}

async function endsWithinALine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString('latin1') !== '\n'
}

export interface HeadsFileLine {
  /** Counted from 1. */
  readonly number: number
  /** Undefined for a line that holds no head and is not torn. */
  readonly head: SignedHead | undefined
}

/** The lines in order. A torn line, one without its closing brace, is left out: it was never acknowledged and claims nothing. */
export async function* readHeadsFile(path: string): AsyncGenerator<HeadsFileLine> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1
    if (line.endsWith('}')) yield { number, head: parseHeadLine(line) }
  }
}

/**
 * Takes the file along to where a moved ledger looks for it; on disk when it returns. False, and nothing is changed, where another file
 * stands there already: one that the file is not a longer version of.
 */
export async function copyHeadsFile(from: string, to: string): Promise<boolean> {
  if (resolve(from) === resolve(to) || !existsSync(from)) return true
  if (existsSync(to) && !(await isBeginningOf(to, from))) return false
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const partial = `${to}.partial`
  await copyFile(from, partial)
  await forceToDisk(partial)
  await rename(partial, to)
  return true
}

async function forceToDisk(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.datasync()
}

async function isBeginningOf(shorter: string, longer: string): Promise<boolean> {
  const { size } = await stat(shorter)
  if (size === 0) return true
  if (size > (await stat(longer)).size) return false
  const [one, other] = await Promise.all([digestOfFile(shorter, size), digestOfFile(longer, size)])
  return one === other
}

async function digestOfFile(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { end: bytes - 1 }), hash)
  return hash.digest('hex')
}
