import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { documentChanged, sha256Of } from '../document-name.ts'

/** A part that is older was left by a process that died. */
const PART_LIVES_MS = 3_600_000
const PART = '.part'

/**
 * Files that are named by the digest of their bytes, below one directory. A file appears under its name whole or not at all:
 * 1. its bytes are written beside it, under a name of their own, and flushed to the disk;
 * 2. the rename gives it its name in one step;
 * 3. the directory is flushed, so that the name outlives a power cut; only then is it said to be kept.
 * A process that dies before 2 leaves a part, which the next write into the same directory takes away after an hour.
 */
export class ContentFolder {
  readonly #directory: string
  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes the directory and all above it that are missing, and finds out whether files can be written there. */
  async open(): Promise<void> {
    await madeDurably(this.#directory)
    await access(this.#directory, constants.R_OK | constants.W_OK | constants.X_OK)
  }

  /** All that can fail before a file has its name. What it gives finishes the write, or fails when nobody knows whether it lasts. */
  async prepare(place: string, bytes: Buffer): Promise<() => Promise<void>> {
    const target = join(this.#directory, place)
    const directory = dirname(target)
    await madeDurably(directory)
    await sweep(directory)
    const part = `${target}.${randomUUID()}${PART}`
    try {
      const file = await open(part, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    return async () => {
      await rename(part, target)
      await flush(directory)
    }
  }

  /** Undefined when there is none. Throws `EffectRefused` when they are not those of the digest. */
  async read(place: string, sha256: string): Promise<Buffer | undefined> {
    const bytes = await readFile(join(this.#directory, place)).catch(undefinedIfMissing)
    if (bytes !== undefined && sha256Of(bytes) !== sha256) throw documentChanged()
    return bytes
  }

  /** A file that is not there is deleted. */
  async remove(place: string): Promise<void> {
    const target = join(this.#directory, place)
    await unlink(target).catch(undefinedIfMissing)
    await flush(dirname(target)).catch(undefinedIfMissing)
  }
}

async function madeDurably(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  // Each new name lies in the directory above it.
  for (let made = directory; made.length >= first.length; made = dirname(made)) await flush(dirname(made))
}

async function flush(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(PART)) continue
    const path = join(directory, name)
    const found = await stat(path).catch(undefinedIfMissing)
    if (found !== undefined && found.mtimeMs < Date.now() - PART_LIVES_MS) await rm(path, { force: true })
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
