import { SafeToRepeat } from '../../flow/failure.ts'
import { savedPartner, savePartner } from '../../ledger/partners.ts'
import { type Call, defineConnector } from '../connector.ts'
import type { PartnerRecord } from '../systems.ts'

/**
 * Partners in the ledger's own database, for an organisation that keeps no CRM elsewhere. A key that has saved once saves nothing
 * again, whoever sends it and however late.
 */
export const builtInCrm = defineConnector({
  key: 'built-in-crm',
  system: 'crm',
  builtIn: true,
  displayName: { en: 'Built-in CRM', ar: 'سجل الشركاء المدمج' },
  version: '1',
  documentation: 'docs/connectors/built-in-crm.md',
  external: false,
  classification: 'confidential',
  personalData: [],
  processedIn: { en: "In the ledger's own database", ar: 'في قاعدة بيانات السجل نفسها' },
  settings: {},
  client: () => undefined,
  operations: {
    savePartner: {
      kind: 'changing',
      title: { en: 'Save the record of a partner', ar: 'حفظ سجل الشريك' },
      documentation: 'docs/connectors/built-in-crm.md',
      approval: 'A',
      idempotency: 'native key',
      undoneBy: 'savePartner',
      timeoutMs: 20_000,
      rateLimit: { calls: 1_000, perMs: 1_000 },
      retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
      auditEvent: 'crm.partner.saved',
      make: ({ externalId: partner, stage, properties }: PartnerRecord, call: Call<undefined>) => {
        const { tenant, key } = call
        call.begin()
        return savePartner(call.database, { tenant, key, partner, stage, properties })
      },
      probe: async (_partner: PartnerRecord, { database, tenant, key }: Call<undefined>) => {
        const saved = await savedPartner(database, tenant, key)
        if (saved === undefined) throw new SafeToRepeat('nothing was saved with this key yet')
        return saved
      },
    },
  },
  health: async () => ({ state: 'up' }),
})
