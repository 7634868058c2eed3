import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const partner = { externalId: 'partner-41', stage: 'applicant', properties: { name: 'Najd Trading' } } as const

export const savePartner: Subject = {
  vendor: 'hubspot',
  operation: 'savePartner',
  call: ({ crm }) => crm.savePartner(partner),
  action: 'record written',
  acted: 'done',
  notActed: 'repeat',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_HUBSPOT_TOKEN: 'wrong' }),
  neverShown: (world) => [partner.properties.name, world.sandbox.settings['SIJIL_HUBSPOT_TOKEN'] ?? ''],
}
