import type { Database, Session, Statement } from '../database/database.ts'

/** Rows that make an organisation. Written by the owner of the database: no face changes them. */
export interface Organisation {
  readonly tenant: string
  readonly nameEn: string
  readonly nameAr: string
  readonly people: readonly {
    readonly person: string
    readonly nameEn: string
    readonly nameAr: string
    readonly roles: readonly string[]
    readonly language: 'ar' | 'en'
    /** SHA-256 of the person's key, in hex. */
    readonly keyDigest: string
  }[]
  readonly policies: readonly { readonly action: string; readonly class: 'A' | 'B' | 'C'; readonly why: string }[]
  readonly holidays: readonly { readonly day: string; readonly titleEn: string; readonly titleAr: string }[]
}

const addTenant: Statement = {
  name: 'organisation.tenant',
  text: `insert into sijil.tenants (tenant, name_en, name_ar, created_ms) values ($1, $2, $3, sijil.now_ms())
    on conflict do nothing returning tenant as subject, true as added`,
}
/** A person who is there keeps names and roles; a key that differs is replaced. */
const addPerson: Statement = {
  name: 'organisation.person',
  text: `insert into sijil.people as p (tenant, person, name_en, name_ar, roles, language, key_digest)
    values ($1, $2, $3, $4, $5::text[], $6, decode($7, 'hex'))
    on conflict (tenant, person) do update set key_digest = excluded.key_digest where p.key_digest <> excluded.key_digest
    returning person as subject, xmax = 0 as added`,
}
const addPolicy: Statement = {
  name: 'organisation.policy',
  text: `insert into sijil.policies (tenant, action, class, why) values ($1, $2, $3, $4)
    on conflict do nothing returning action as subject, true as added`,
}
const addHoliday: Statement = {
  name: 'organisation.holiday',
  text: `insert into sijil.holidays (tenant, day, title_en, title_ar) values ($1, $2::date, $3, $4)
    on conflict do nothing returning day::text as subject, true as added`,
}
const addNote: Statement = {
  name: 'organisation.note',
  text: `select sijil.note($1, 'sijil', $2, null, $3, null, $4, 'setup', null)`,
}

interface Changed {
  readonly subject: string
  readonly added: boolean
}

/**
 * Adds what is missing, in one transaction, with an audit row for each row that was written. What is there stays as it is: an
 * organisation changes its own policies and holidays. Answers how many rows were written.
 */
export function saveOrganisation(database: Database, organisation: Organisation): Promise<number> {
  const { tenant: id, nameEn, nameAr, people, policies, holidays } = organisation
  return database.transaction({ role: 'owner' }, async (session) => {
    const add = adder(session, id)
    await add('tenant', addTenant, [id, nameEn, nameAr])
    for (const { person: name, keyDigest, roles, language, ...names } of people)
      await add('person', addPerson, [id, name, names.nameEn, names.nameAr, roles, language, keyDigest])
    for (const { action, class: of, why } of policies) await add('policy', addPolicy, [id, action, of, why], of)
    for (const { day, titleEn, titleAr } of holidays) await add('holiday', addHoliday, [id, day, titleEn, titleAr])
    return add.written()
  })
}

function adder(session: Session, tenant: string) {
  let written = 0
  const add = async (
    what: string,
    statement: Statement,
    params: Parameters<Session['query']>[1],
    to: string | null = null,
  ) => {
    for (const { subject, added } of await session.query<Changed>(statement, params)) {
      await session.query(addNote, [tenant, `${what}.${added ? 'added' : 'key_replaced'}`, subject, to])
      written += 1
    }
  }
  return Object.assign(add, { written: () => written })
}
