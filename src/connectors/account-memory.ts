import type { Database } from '../ledger/database/database.ts'
import { noteUsedAccount, type RoleOfRun, readUsedAccounts, type UsedAccount } from '../ledger/run-accounts.ts'

/** Remembers through which accounts a run has changed something, across restarts. */
export interface AccountMemory {
  /** Oldest first. */
  readonly used: (of: RoleOfRun) => Promise<readonly UsedAccount[]>
  readonly note: (of: RoleOfRun, account: UsedAccount) => Promise<void>
}

/** In the ledger. */
export const accountMemory = (database: Database): AccountMemory => ({
  used: (role) => readUsedAccounts(database, role),
  note: (role, account) => noteUsedAccount(database, role, account),
})
