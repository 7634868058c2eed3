import type { LedgerAccess } from '../../src/connectors/configured-connector.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { heldContacts } from './held-contacts.ts'

const refused = async (): Promise<never> => {
  throw new Error('there is no database in this test')
}

/** For what is tried without a ledger. Whoever reaches for it fails. */
export const noDatabase: Database = {
  kind: 'pglite',
  engine: { query: refused },
  transaction: refused,
  script: refused,
  close: async () => {},
}

/** Nobody has told us anything. */
export const noLedger = (): LedgerAccess => ({ database: noDatabase, contacts: heldContacts() })
