import type { Database, Statement } from './database/database.ts'

/** What the built-in CRM is told of a partner. */
export interface PartnerWrite {
  readonly tenant: string
  /** Of the effect: the same write twice is one. */
  readonly key: string
  /** Our own id of the partner. */
  readonly partner: string
  readonly stage: string
  /** Those that are left out stay as they are. */
  readonly properties: Readonly<Record<string, string>>
}
export interface SavedPartner {
  readonly recordId: string
  /** Whether this key created the record. */
  readonly created: boolean
}

const save: Statement = {
  name: 'partners.save',
  text: 'select record::text as "recordId", created from sijil.save_partner($1, $2, $3, $4, $5::jsonb)',
}
const saved: Statement = {
  name: 'partners.saved',
  text: `select p.record::text as "recordId", p.created_by = w.key as created
    from sijil.partner_writes w join sijil.partners p on p.tenant = w.tenant and p.id = w.partner
    where w.tenant = $1 and w.key = $2`,
}

/** Durable when it resolves. */
export async function savePartner(
  { engine }: Database,
  { tenant, key, partner, stage, properties }: PartnerWrite,
): Promise<SavedPartner> {
  const [row] = await engine.query<SavedPartner>(save, [tenant, key, partner, stage, JSON.stringify(properties)])
  if (row === undefined) throw new Error('a partner that was just saved is not there')
  return row
}

/** What a key has saved; undefined when it has not, yet. */
export async function savedPartner(
  { engine }: Database,
  tenant: string,
  key: string,
): Promise<SavedPartner | undefined> {
  const [row] = await engine.query<SavedPartner>(saved, [tenant, key])
  return row
}
