import type { Session, Statement } from './database/database.ts'

/** The wrapped key of one person, or that it was destroyed. */
export type PersonKey =
  | { readonly state: 'kept'; readonly wrapped: Buffer }
  | { readonly state: 'erased'; readonly erasedAt: Date }

interface PersonKeyRow {
  readonly wrapped: Buffer | null
  readonly erasedAt: Date | null
}

const find: Statement = {
  name: 'person_keys.find',
  text: `select wrapped, erased_at as "erasedAt" from sijil.person_keys where tenant = $1 and person = $2`,
}

const create: Statement = {
  name: 'person_keys.create',
  text: `insert into sijil.person_keys (tenant, person, wrapped, created_at)
  values ($1, $2, $3::bytea, sijil.instant(sijil.now_ms()))
  on conflict (tenant, person) do nothing
  returning wrapped, erased_at as "erasedAt"`,
}

const lock: Statement = {
  name: 'person_keys.lock',
  text: `select wrapped, erased_at as "erasedAt" from sijil.person_keys where tenant = $1 and person = $2 for update`,
}

const destroy: Statement = {
  name: 'person_keys.destroy',
  text: `update sijil.person_keys set wrapped = null, erased_at = sijil.instant(sijil.now_ms())
  where tenant = $1 and person = $2 and erased_at is null`,
}

export async function findPersonKey(session: Session, tenant: string, person: string): Promise<PersonKey | undefined> {
  return keyOf(await session.query<PersonKeyRow>(find, [tenant, person]))
}

/** Of several that create a person's key at once one wins, and all get that one. An erased person stays erased. */
export async function createPersonKey(
  session: Session,
  tenant: string,
  person: string,
  wrapped: Buffer,
): Promise<PersonKey> {
  const created = keyOf(await session.query<PersonKeyRow>(create, [tenant, person, wrapped]))
  // A new statement, so that it sees the row which the insert gave way to.
  const key = created ?? (await findPersonKey(session, tenant, person))
  if (key === undefined) throw new Error('a key that is there cannot be missing: rows of person_keys are never deleted')
  return key
}

/** Locks the person's key until the transaction ends. */
export async function lockPersonKey(session: Session, tenant: string, person: string): Promise<PersonKey | undefined> {
  return keyOf(await session.query<PersonKeyRow>(lock, [tenant, person]))
}

/** The row stays and says since when the person is erased. */
export async function destroyPersonKey(session: Session, tenant: string, person: string): Promise<void> {
  await session.query(destroy, [tenant, person])
}

function keyOf([row]: readonly PersonKeyRow[]): PersonKey | undefined {
  if (row === undefined) return undefined
  if (row.wrapped !== null) return { state: 'kept', wrapped: row.wrapped }
  if (row.erasedAt === null) throw new Error('a person key without bytes must say when it was erased')
  return { state: 'erased', erasedAt: row.erasedAt }
}
