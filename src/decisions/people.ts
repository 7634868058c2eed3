import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '../engine/commands/actor.ts'
import type { Role } from '../flow/gate.ts'
import type { Database } from '../ledger/database/database.ts'
import { parsePersonId, parseTenantId, type PersonId, type TenantId } from '../ledger/ids.ts'
import { findPerson, findPersonByKey, type PersonRow } from '../ledger/reading/organisation.ts'

/** A person's key names its tenant, and is looked up by its digest: the key itself is kept nowhere. */
const keyForm = /^sijil_([a-z0-9][a-z0-9-]{0,62})_[A-Za-z0-9]{32,}$/
const KEY_BYTES = 32

/** A new key. It is shown once. */
export const newPersonKey = (tenant: TenantId): string => `sijil_${tenant}_${randomBytes(KEY_BYTES).toString('hex')}`

/** What the ledger keeps of a key: SHA-256 in hex. The key is random, so its digest need not be slow or salted. */
export const digestOfKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Who holds this key; undefined when nobody does. `source`: the face they came through. */
export async function authenticate(database: Database, key: string, source: string): Promise<Actor | undefined> {
  const [, name] = keyForm.exec(key) ?? []
  if (name === undefined) return undefined
  const tenant = parseTenantId(name)
  const person = await findPersonByKey(database, tenant, digestOfKey(key))
  return person === undefined ? undefined : actorFor(tenant, person, source)
}

/** A person as an actor; undefined when the tenant has no such person. */
export async function actorOf(
  database: Database,
  of: { readonly tenant: string; readonly person: string },
  source: string,
): Promise<Actor | undefined> {
  const tenant = parseTenantId(of.tenant)
  const person = await findPerson(database, tenant, parsePersonId(of.person))
  return person === undefined ? undefined : actorFor(tenant, person, source)
}

const ROLES: ReadonlySet<string> = new Set<Role>([
  'requester',
  'manager',
  'director',
  'vp',
  'c-level',
  'legal',
  'operator',
])
const isRole = (name: string): name is Role => ROLES.has(name)

const actorFor = (
  tenant: TenantId,
  { person, roles }: { readonly person: PersonId; readonly roles: PersonRow['roles'] },
  source: string,
): Actor => ({
  tenant,
  person,
  roles: roles.filter(isRole),
  source,
})
