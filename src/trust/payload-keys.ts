import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { PayloadKey } from '../engine/temporal/payload-codec.ts'
import { KeyError, keyFile, replaceKeyFile } from './key-file.ts'

/** The first seals; all open. */
export type PayloadKeys = readonly [PayloadKey, ...PayloadKey[]]

export interface PayloadKeySource {
  /** The value of SIJIL_TEMPORAL_KEYS: `id:key` with commas between, keys of 32 bytes as base64. It wins over the file. */
  readonly environment?: string | undefined
  /** The keys directory. All processes that work for one ledger need the same file. */
  readonly directory: string
}

const KEY_BYTES = 32
const FILE = 'payload.keys'
const ENVIRONMENT = 'SIJIL_TEMPORAL_KEYS'

/** Makes the file with one key (mode 0600) when there is neither. Throws KEY_MALFORMED, KEY_EXPOSED. */
export async function loadPayloadKeys({ environment, directory }: PayloadKeySource): Promise<PayloadKeys> {
  if (environment !== undefined) return parse(environment, ENVIRONMENT)
  const path = join(directory, FILE)
  return parse((await keyFile(path, () => textOf([newKey()]))).text, `the key file ${path}`)
}

/**
 * Adds a new key that all shall be able to read with and nobody seals with yet: the first half of a rotation. Answers its id.
 * Throws KEY_MALFORMED, KEY_EXPOSED; then the file is as it was.
 */
export async function addPayloadKey(directory: string): Promise<string> {
  const keys = await loadPayloadKeys({ directory })
  const added = newKey()
  await replaceKeyFile(join(directory, FILE), textOf([...keys, added]))
  return added.id
}

/**
 * Lets a key that is there seal from now on, once every process can read with it: the second half of a rotation.
 * Throws KEY_MALFORMED (no such key), KEY_EXPOSED; then the file is as it was.
 */
export async function sealWithPayloadKey(directory: string, id: string): Promise<void> {
  const keys = await loadPayloadKeys({ directory })
  const first = keys.find((key) => key.id === id)
  const path = join(directory, FILE)
  if (first === undefined)
    throw new KeyError('KEY_MALFORMED', `There is no key ${id} in the key file ${path}. Nothing was changed.`)
  await replaceKeyFile(path, textOf([first, ...keys.filter((key) => key !== first)]))
}

const newKey = (): PayloadKey => ({ id: randomBytes(4).toString('hex'), key: randomBytes(KEY_BYTES) })

const textOf = (keys: readonly PayloadKey[]): string =>
  keys.map(({ id, key }) => `${id}:${key.toString('base64')}\n`).join('')

function parse(text: string, place: string): PayloadKeys {
  const [first, ...rest] = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => parseKey(line, place))
  const ids = new Set([first, ...rest].map((key) => key?.id))
  if (first === undefined || ids.size <= rest.length) throw malformed(place)
  return [first, ...rest]
}

function parseKey(line: string, place: string): PayloadKey {
  const [, id, text] = /^([\w-]{1,64}):(\S+)$/.exec(line) ?? []
  if (id === undefined || text === undefined) throw malformed(place)
  const key = Buffer.from(text, 'base64')
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) throw malformed(place)
  return { id, key }
}

const malformed = (place: string): KeyError =>
  new KeyError(
    'KEY_MALFORMED',
    `There are no payload keys in ${place}: each is \`id:key\`, the key ${KEY_BYTES} bytes as base64, and no id comes twice. Nothing was changed.`,
  )
