import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { KeyError, keyFile } from './key-file.ts'

/** The key that wraps all others. Whoever loses it loses every personal value; keep it apart from the ledger's backups. */
export interface MasterKey {
  readonly key: KeyObject
  /** `created`: there was none. Beside a ledger that holds personal values already, that means the old one is missing. */
  readonly source: 'environment' | 'file' | 'created'
}

const masterKeyBytes = 32
const fileName = 'master.key'

export interface MasterKeySource {
  /** The value of SIJIL_MASTER_KEY: 32 bytes as base64. It wins over the file. */
  readonly environment?: string | undefined
  /** The keys directory; never inside the data directory, whose snapshots would carry the key along. */
  readonly directory: string
}

/** Creates the key file (mode 0600) when there is neither. Throws KEY_MALFORMED, KEY_EXPOSED. */
export async function loadMasterKey({ environment, directory }: MasterKeySource): Promise<MasterKey> {
  if (environment !== undefined) return { key: parse(environment, 'SIJIL_MASTER_KEY'), source: 'environment' }
  const path = join(directory, fileName)
  const { text, created } = await keyFile(path, () => `${randomBytes(masterKeyBytes).toString('base64')}\n`)
  return { key: parse(text, `the key file ${path}`), source: created ? 'created' : 'file' }
}

function parse(text: string, place: string): KeyObject {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, 'base64')
  if (bytes.length !== masterKeyBytes || bytes.toString('base64') !== trimmed) {
    throw new KeyError(
      'KEY_MALFORMED',
      `There is no key in ${place}: it must hold ${masterKeyBytes} bytes as base64. Nothing was changed. Make one with: openssl rand -base64 ${masterKeyBytes}`,
    )
  }
  return createSecretKey(bytes)
}
