import type { Role } from '../../flow/gate.ts'
import type { PersonId, TenantId } from '../../ledger/ids.ts'

/** Whoever does something: a person of a tenant, and the face through which they do it (`http`, `cli`, `link`). */
export interface Actor {
  readonly tenant: TenantId
  readonly person: PersonId
  readonly roles: readonly Role[]
  readonly source: string
}
