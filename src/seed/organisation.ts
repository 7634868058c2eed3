import { join } from 'node:path'
import { z } from 'zod'
import { digestOfKey, newPersonKey } from '../decisions/people.ts'
import type { Database } from '../ledger/database/database.ts'
import { parseTenantId, type TenantId } from '../ledger/ids.ts'
import { saveOrganisation } from '../ledger/requests/organisation.ts'
import { KeyError, keyFile } from '../trust/key-file.ts'
import { holidays } from './holidays.ts'
import { people } from './people.ts'
import { policies } from './policies.ts'

/** The sample organisation. */
export const SAMPLE_TENANT: TenantId = parseTenantId('madar')
const names = { nameEn: 'Madar Growth', nameAr: 'مدار للنمو' } as const
const fileName = 'keys.json'

export interface SeedSettings {
  readonly database: Database
  /** Where keys are kept: never inside the data directory, whose snapshots would carry them along. */
  readonly keysDirectory: string
}

export interface SeededOrganisation {
  readonly tenant: TenantId
  /** Holds everybody's key in clear, readable by its owner alone: the ledger has digests only. */
  readonly keysFile: string
  readonly people: readonly { readonly person: string; readonly roles: readonly string[] }[]
  /** How many rows were written; 0 when everything was there. */
  readonly written: number
}

/**
 * Adds the sample organisation with its people, policies and holidays, where they are not there yet. The keys file is made once;
 * a new ledger beside it takes the same keys. Throws KEY_EXPOSED, KEY_MALFORMED.
 */
export async function seedOrganisation({ database, keysDirectory }: SeedSettings): Promise<SeededOrganisation> {
  const keysFile = join(keysDirectory, fileName)
  const { text } = await keyFile(keysFile, newKeys)
  const keys = parseKeys(text, keysFile)
  const written = await saveOrganisation(database, {
    tenant: SAMPLE_TENANT,
    ...names,
    people: people.map((person) => ({ ...person, keyDigest: digestOfKey(keyOf(keys, person.person, keysFile)) })),
    policies,
    holidays,
  })
  return { tenant: SAMPLE_TENANT, keysFile, people: people.map(({ person, roles }) => ({ person, roles })), written }
}

const newKeys = (): string => {
  const keys = Object.fromEntries(people.map(({ person }) => [person, newPersonKey(SAMPLE_TENANT)]))
  return `${JSON.stringify({ tenant: SAMPLE_TENANT, keys }, null, 2)}\n`
}

const KeysFile = z.object({ tenant: z.literal(SAMPLE_TENANT), keys: z.record(z.string(), z.string()) })

function parseKeys(text: string, file: string): Readonly<Record<string, string>> {
  try {
    return KeysFile.parse(JSON.parse(text)).keys
  } catch (cause) {
    throw malformed(file, { cause })
  }
}

function keyOf(keys: Readonly<Record<string, string>>, person: string, file: string): string {
  const key = keys[person]
  if (key === undefined) throw malformed(file)
  return key
}

const malformed = (file: string, options?: ErrorOptions): KeyError =>
  new KeyError(
    'KEY_MALFORMED',
    `The keys file ${file} does not hold the key of everybody in the sample organisation. Nothing was changed. Move it away to have new keys made.`,
    options,
  )
