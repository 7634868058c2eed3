import type { Database } from '../../src/ledger/database/database.ts'

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
