import type { Actor } from '../engine/commands/actor.ts'
import { digestOfKey } from '../decisions/people.ts'
import type { Role } from '../flow/gate.ts'
import { parsePersonId, type TenantId } from '../ledger/ids.ts'
import type { Organisation } from '../ledger/requests/organisation.ts'

const ROLES: readonly Role[] = ['requester', 'manager', 'director', 'vp', 'c-level', 'legal', 'operator']

/** One person for each role, called like the role. What is not in `policies` needs a decision (class B). */
export const testOrganisation = (
  tenant: TenantId,
  policies: Readonly<Record<string, 'A' | 'B' | 'C'>>,
): Organisation => ({
  tenant,
  nameEn: 'Test organisation',
  nameAr: 'منشأة تجريبية',
  people: ROLES.map((role) => ({
    person: role,
    nameEn: role,
    nameAr: role,
    roles: [role],
    language: 'ar',
    keyDigest: digestOfKey(`${tenant} ${role}`),
  })),
  policies: Object.entries(policies).map(([action, of]) => ({ action, class: of, why: 'set by the test' })),
  holidays: [],
})

export const actor = (tenant: TenantId, role: Role): Actor => ({
  tenant,
  person: parsePersonId(role),
  roles: [role],
  source: 'test',
})
