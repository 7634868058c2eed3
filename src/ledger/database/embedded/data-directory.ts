import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { DatabaseError } from '../database-error.ts'

/**
 * One process at a time. Two PGlites on one directory silently lose rows, so the kernel keeps the second one out: an
 * exclusive SQLite transaction on `lock` is an advisory lock of the process, which a kill -9 frees and a SIGSTOP does not.
 * A pid file does neither; `holder.json` only tells whom to ask, and means nothing unless the lock is held.
 *
 * Nothing here may open `lock` by other means: closing any descriptor of a file drops the process's locks on it. That is
 * also why Postgres' own files live one level deeper.
 */
const paths = (dataDir: string) => ({
  lock: join(dataDir, 'lock'),
  holder: join(dataDir, 'holder.json'),
  pgData: join(dataDir, 'pgdata'),
})

const Holder = z.object({
  pid: z.int(),
  host: z.string(),
  /** When it opened the directory, ISO 8601. */
  since: z.iso.datetime(),
  /** Where it answers over HTTP, once it does. */
  address: z.string().optional(),
})
export type Holder = Readonly<z.infer<typeof Holder>>

export interface HeldDirectory {
  /** Where Postgres' own files live. */
  readonly pgData: string
  announceAddress(url: string): void
  release(): void
}

/** Long enough to outlast a `readHolder` that looks at the same moment. */
const lockTimeoutMs = 250

/** Takes the directory for this process, creating it if need be. Throws DATA_DIRECTORY_IN_USE, naming the holder. */
export function holdDataDirectory(dataDir: string): HeldDirectory {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = paths(dataDir)
  const lock = new DatabaseSync(path.lock, { timeout: lockTimeoutMs })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw isLocked(error) ? inUse(dataDir, error) : error
  }
  const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  writeHolder(path.holder, holder)
  return {
    pgData: path.pgData,
    announceAddress: (address) => writeHolder(path.holder, { ...holder, address }),
    release: () => {
      rmSync(path.holder, { force: true })
      lock.close()
    },
  }
}

/** The process that holds the directory now; undefined when none does, whatever a killed one left lying. */
export function readHolder(dataDir: string): Holder | undefined {
  const path = paths(dataDir)
  if (!existsSync(path.lock) || !isHeld(path.lock)) return undefined
  return parseHolder(path.holder)
}

function isHeld(lockFile: string): boolean {
  const lock = new DatabaseSync(lockFile, { readOnly: true, timeout: 0 })
  try {
    lock.prepare('select count(*) from sqlite_schema').get()
    return false
  } catch (error) {
    if (isLocked(error)) return true
    throw error
  } finally {
    lock.close()
  }
}

function writeHolder(file: string, holder: Holder): void {
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
  renameSync(partial, file)
}

function parseHolder(file: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

const sqliteBusy = 5

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
}

function inUse(dataDir: string, cause: unknown): DatabaseError {
  const holder = parseHolder(paths(dataDir).holder)
  const who =
    holder === undefined
      ? 'another process, which has not said which'
      : `process ${holder.pid} on ${holder.host} since ${holder.since}` +
        (holder.address === undefined ? '' : `, which answers at ${holder.address}`)
  return new DatabaseError(
    'DATA_DIRECTORY_IN_USE',
    `The data directory ${dataDir} is held by ${who}. Nothing was changed. Talk to that process, or stop it first.`,
    cause,
  )
}
