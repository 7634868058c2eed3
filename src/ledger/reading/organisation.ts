import type { Database, Statement } from '../database/database.ts'
import type { PersonId, TenantId } from '../ids.ts'

export interface TenantRow {
  readonly tenant: TenantId
  readonly nameEn: string
  readonly nameAr: string
}
export interface PersonRow {
  readonly person: PersonId
  readonly nameEn: string
  readonly nameAr: string
  readonly roles: readonly string[]
  readonly language: 'ar' | 'en'
}
export interface PolicyRow {
  readonly action: string
  readonly class: 'A' | 'B' | 'C'
  readonly why: string
}
export interface HolidayRow {
  /** `2026-09-23`, in the organisation's own days. */
  readonly day: string
  readonly titleEn: string
  readonly titleAr: string
}

const person = `p.person, p.name_en as "nameEn", p.name_ar as "nameAr", p.roles, p.language`
const tenantOf: Statement = {
  name: 'reading.tenant',
  text: `select tenant, name_en as "nameEn", name_ar as "nameAr" from sijil.tenants where tenant = $1`,
}
const people: Statement = {
  name: 'reading.people',
  text: `select ${person} from sijil.people p where p.tenant = $1 order by p.person`,
}
const byId: Statement = {
  name: 'reading.person',
  text: `select ${person} from sijil.people p where p.tenant = $1 and p.person = $2`,
}
const byKey: Statement = {
  name: 'reading.person_by_key',
  text: `select ${person} from sijil.people p where p.tenant = $1 and p.key_digest = decode($2, 'hex')`,
}
const policies: Statement = {
  name: 'reading.policies',
  text: 'select action, class, why from sijil.policies where tenant = $1 order by action',
}
const holidays: Statement = {
  name: 'reading.holidays',
  text: `select day::text as day, title_en as "titleEn", title_ar as "titleAr" from sijil.holidays where tenant = $1 order by day`,
}

const ask = <Row extends object>(
  database: Database,
  tenant: string,
  statement: Statement,
  more: readonly string[] = [],
): Promise<readonly Row[]> =>
  database.transaction({ role: 'member', tenant }, (session) => session.query<Row>(statement, [tenant, ...more]))

export const readTenant = async (database: Database, tenant: string): Promise<TenantRow | undefined> =>
  (await ask<TenantRow>(database, tenant, tenantOf))[0]

/** Everybody in the tenant. */
export const readPeople = (database: Database, tenant: string): Promise<readonly PersonRow[]> =>
  ask(database, tenant, people)

export const findPerson = async (database: Database, tenant: string, id: string): Promise<PersonRow | undefined> =>
  (await ask<PersonRow>(database, tenant, byId, [id]))[0]

/** `digest`: SHA-256 of the person's key, in hex. */
export const findPersonByKey = async (
  database: Database,
  tenant: string,
  digest: string,
): Promise<PersonRow | undefined> => (await ask<PersonRow>(database, tenant, byKey, [digest]))[0]

/** Actions that are not listed count as class B. */
export const readPolicies = (database: Database, tenant: string): Promise<readonly PolicyRow[]> =>
  ask(database, tenant, policies)

/** The engine asks whenever it counts a deadline: one statement of its own, and no transaction of a member. */
export const readHolidays = ({ engine }: Database, tenant: string): Promise<readonly HolidayRow[]> =>
  engine.query(holidays, [tenant])
