import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const partner = { externalId: 'partner-41', stage: 'applicant', properties: { name: 'Najd Trading' } } as const

export const savePartner: Subject = {
  vendor: 'salesforce',
  operation: 'savePartner',
  call: ({ crm }) => crm.savePartner(partner),
  action: 'record written',
  acted: 'done',
  notActed: 'repeat',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_SALESFORCE_CLIENT_SECRET: 'wrong' }),
  neverShown: ({ sandbox }) => [partner.properties.name, sandbox.settings['SIJIL_SALESFORCE_CLIENT_SECRET'] ?? ''],
}
