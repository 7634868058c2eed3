import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { canonical } from '../flow/canonical.ts'
import type { Personal } from '../flow/personal.ts'
import type { Database, Session } from '../ledger/database/database.ts'
import {
  createPersonKey,
  destroyPersonKey,
  findPersonKey,
  lockPersonKey,
  type PersonKey,
} from '../ledger/person-keys.ts'
import { box, deriveKey, keyBytes, mac, nonceBytes, unbox } from './cipher.ts'
import { KeyCache } from './key-cache.ts'
import { PersonErased, PersonInUse, VaultError } from './vault-error.ts'

/**
 * Seals personal values under a key of the person's own, which the master key wraps. Destroying that key erases the person:
 * every sealed value of theirs, in whatever copy, is noise from then on, and the proof made over the sealed text stands.
 *
 * Asks the database for a key the first time (and after `keyLifetimeMs`), so never call it inside a transaction: the embedded
 * database has one session, and would wait for itself.
 */
export interface Vault {
  /** The same identifying value (case, width and outer spaces aside) gives the same id, in one tenant; in another tenant, another. */
  personOf(tenant: string, identifying: string): string
  /**
   * Equal values of one person give equal text, so that digests and retries agree. Throws `PersonErased`, `TypeError` for what
   * JSON cannot carry. `knownOnly` (default false): a person without a key is given none, and `VaultError` PERSON_UNKNOWN is thrown.
   */
  seal(tenant: string, person: string, value: unknown, knownOnly?: boolean): Promise<Personal>
  /** Throws `PersonErased`; `VaultError` for a value that was changed, or sealed for another tenant. */
  open(tenant: string, personal: Personal): Promise<unknown>
  /**
   * Destroys the person's key, once and for good. `neededBy` answers, inside the same transaction and with the person's key
   * locked, the runs whose open undo or unsettled effects still need the values; while there are any, throws `PersonInUse`.
   * Another process may hold the key for up to `keyLifetimeMs` more. Backups of the ledger made before still hold the wrapped
   * key: they must be let go, or the master key replaced.
   */
  erase(tenant: string, person: string, neededBy: NeededBy): Promise<'erased' | 'was erased' | 'unknown'>
}

export type NeededBy = (session: Session, tenant: string, person: string) => Promise<readonly string[]>

export interface VaultSettings {
  readonly database: Database
  readonly masterKey: KeyObject
  /** Unwrapped keys held in memory. Default 10 000. */
  readonly cachedKeys?: number
  /** How long one is held. Default 60 000. */
  readonly keyLifetimeMs?: number
  /** A clock that never goes back, in milliseconds. Default: the process's own. */
  readonly now?: () => number
}

interface DataKey {
  readonly seal: KeyObject
  readonly nonce: KeyObject
}

const defaults = { cachedKeys: 10_000, keyLifetimeMs: 60_000 } as const
const personIdBytes = 18
const sealedText = /^v1\.([\w-]+)\.([\w-]+)$/

export function openVault(settings: VaultSettings): Vault {
  const { database, masterKey } = settings
  const now = settings.now ?? (() => performance.now())
  const wrapping = deriveKey(masterKey, 'sijil person key wrapping v1')
  const identifying = deriveKey(masterKey, 'sijil person id v1')
  const cache = new KeyCache<DataKey>(
    settings.cachedKeys ?? defaults.cachedKeys,
    settings.keyLifetimeMs ?? defaults.keyLifetimeMs,
    now,
  )

  const unwrap = (tenant: string, person: string, key: PersonKey): DataKey => {
    if (key.state === 'erased') throw new PersonErased(person, key.erasedAt)
    const bytes = unbox(wrapping, keyContext(tenant, person), key.wrapped)
    if (bytes === undefined) throw wrongMasterKey(person)
    const secret = createSecretKey(bytes)
    return { seal: deriveKey(secret, 'seal'), nonce: deriveKey(secret, 'nonce') }
  }
  const find = async (tenant: string, person: string): Promise<DataKey> => {
    const key = await findPersonKey(database.engine, tenant, person)
    if (key === undefined) throw unknownPerson(person)
    return unwrap(tenant, person, key)
  }
  const findOrCreate = async (tenant: string, person: string): Promise<DataKey> => {
    const found = await findPersonKey(database.engine, tenant, person)
    if (found !== undefined) return unwrap(tenant, person, found)
    const wrapped = box(wrapping, randomBytes(nonceBytes), keyContext(tenant, person), randomBytes(keyBytes))
    return unwrap(tenant, person, await createPersonKey(database.engine, tenant, person, wrapped))
  }

  return {
    personOf: (tenant, text) =>
      mac(identifying, canonical([tenant, normal(text)])).toString('base64url', 0, personIdBytes),

    seal: async (tenant, person, value, knownOnly = false) => {
      if (!/^[\w-]+$/.test(person)) throw new RangeError('A person id is made of letters, digits, "-" and "_"')
      const clear = Buffer.from(canonical(value))
      const key = await cache.get(cacheId(tenant, person), () =>
        knownOnly ? find(tenant, person) : findOrCreate(tenant, person),
      )
      // The nonce is made of the value: it repeats only with the value itself, and then the text is the same.
      const nonce = mac(key.nonce, clear).subarray(0, nonceBytes)
      const boxed = box(key.seal, nonce, valueContext(tenant, person), clear)
      return { sealed: `v1.${person}.${boxed.toString('base64url')}` }
    },

    open: async (tenant, personal) => {
      const [, person, boxed] = sealedText.exec(personal.sealed) ?? []
      if (person === undefined || boxed === undefined) throw malformed()
      const key = await cache.get(cacheId(tenant, person), () => find(tenant, person))
      const bytes = Buffer.from(boxed, 'base64url')
      // Only the one spelling that we wrote: base64url leaves bits over that could be set at will.
      const isOurs = bytes.toString('base64url') === boxed
      const clear = isOurs ? unbox(key.seal, valueContext(tenant, person), bytes) : undefined
      if (clear === undefined) throw changed(person)
      const value: unknown = JSON.parse(clear.toString())
      return value
    },

    erase: async (tenant, person, neededBy) => {
      const outcome = await database.transaction({ role: 'engine' }, async (session) => {
        const key = await lockPersonKey(session, tenant, person)
        if (key === undefined) return 'unknown'
        if (key.state === 'erased') return 'was erased'
        const runs = await neededBy(session, tenant, person)
        if (runs.length > 0) throw new PersonInUse(person, runs)
        await destroyPersonKey(session, tenant, person)
        return 'erased'
      })
      cache.forget(cacheId(tenant, person))
      return outcome
    },
  }
}

/** The person whose key sealed the value; undefined for text that no vault wrote. */
export const personOfSealed = (personal: Personal): string | undefined => sealedText.exec(personal.sealed)?.[1]

const normal = (text: string): string => text.normalize('NFKC').trim().toLowerCase()

const cacheId = (tenant: string, person: string): string => canonical([tenant, person])
const keyContext = (tenant: string, person: string): string => canonical(['sijil person key v1', tenant, person])
const valueContext = (tenant: string, person: string): string => canonical(['sijil personal value v1', tenant, person])

const unknownPerson = (person: string): VaultError =>
  new VaultError('PERSON_UNKNOWN', `There is no key of person ${person} for this tenant. The value was not opened.`)
const malformed = (): VaultError =>
  new VaultError('SEALED_VALUE_MALFORMED', 'The text is not a sealed value. It was not opened.')
const changed = (person: string): VaultError =>
  new VaultError(
    'SEALED_VALUE_CHANGED',
    `A value of person ${person} is not as it was sealed. It was not opened. Verify the ledger.`,
  )
const wrongMasterKey = (person: string): VaultError =>
  new VaultError(
    'MASTER_KEY_WRONG',
    `The master key does not open the key of person ${person}. Nothing was changed. Start with the master key that this ledger was made with.`,
  )
