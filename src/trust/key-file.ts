import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export type KeyErrorCode =
  /** The text is not the kind of key that is wanted. */
  | 'KEY_MALFORMED'
  /** Others than its owner may read the key's file. */
  | 'KEY_EXPOSED'

/** A key cannot be used as it is. Nothing was changed. The message names the place, never the key. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface KeyFile {
  readonly text: string
  readonly created: boolean
}

/**
 * The text of a secret file that only its owner may read; made first if it is not there. Of several processes that make it at
 * once one wins, and all get the same text. Throws KEY_EXPOSED.
 */
export async function keyFile(path: string, make: () => string): Promise<KeyFile> {
  const found = await readSecret(path)
  if (found !== undefined) return { text: found, created: false }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const created = await createWhole(path, make(), 0o600)
  return { text: (await readSecret(path)) ?? '', created }
}

/** The secret file has the new text from one moment to the next: whoever reads it gets the one or the other. */
export async function replaceKeyFile(path: string, text: string): Promise<void> {
  const partial = partialOf(path)
  try {
    await writeSynced(partial, text, 0o600)
    await rename(partial, path)
    await syncDirectory(dirname(path))
  } finally {
    await rm(partial, { force: true })
  }
}

const partialOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}`

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The file appears with all its text or not at all. False when it was there already. */
export async function createWhole(path: string, text: string, mode: number): Promise<boolean> {
  const partial = partialOf(path)
  try {
    await writeSynced(partial, text, mode)
    await link(partial, path)
    await syncDirectory(dirname(path))
    return true
  } catch (error) {
    if (isFileError(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(partial, { force: true })
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new KeyError(
        'KEY_EXPOSED',
        `The key file ${path} can be read by others than its owner. It was not used. Run chmod 600 on it, and replace the key if somebody may have read it.`,
      )
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined
    throw error
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

const isFileError = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
