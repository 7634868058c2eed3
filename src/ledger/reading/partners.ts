import type { Database, Statement } from '../database/database.ts'
import { isStorableText } from '../database/storable-text.ts'
import { pageSize } from './page-size.ts'

/** A partner as the built-in CRM holds it. */
export interface PartnerView {
  readonly id: string
  readonly recordId: string
  readonly stage: string
  readonly properties: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
}
/** One thing that was written, by the effect with that key. */
export interface PartnerWriteView {
  readonly key: string
  readonly stage: string
  readonly properties: Readonly<Record<string, string>>
  readonly at: number
}

const columns = `id, record::text as "recordId", stage, properties, created_ms as "createdAt", updated_ms as "updatedAt"`
const newest: Statement = {
  name: 'reading.partners',
  text: `select ${columns} from sijil.partners where tenant = $1 order by updated_ms desc, id limit $2`,
}
const one: Statement = {
  name: 'reading.partner',
  text: `select ${columns} from sijil.partners where tenant = $1 and id = $2`,
}
const writes: Statement = {
  name: 'reading.partner_writes',
  text: `select key, stage, properties, at_ms as at from sijil.partner_writes where tenant = $1 and partner = $2 order by seq`,
}

/** Those changed last come first. */
export function listPartners(database: Database, tenant: string, limit?: number): Promise<readonly PartnerView[]> {
  return database.transaction({ role: 'member', tenant }, (session) =>
    session.query<PartnerView>(newest, [tenant, pageSize(limit)]),
  )
}

/** A partner and everything that was written of it, oldest first; undefined when there is none. */
export async function readPartner(
  database: Database,
  tenant: string,
  id: string,
): Promise<(PartnerView & { readonly writes: readonly PartnerWriteView[] }) | undefined> {
  if (!isStorableText(id)) return undefined // nobody can have been called so
  return database.transaction({ role: 'member', tenant }, async (session) => {
    const [partner] = await session.query<PartnerView>(one, [tenant, id])
    if (partner === undefined) return undefined
    return { ...partner, writes: await session.query<PartnerWriteView>(writes, [tenant, id]) }
  })
}
