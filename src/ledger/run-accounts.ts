import type { Database, Statement } from './database/database.ts'

/** An account with a vendor, as the vendor's own webhooks name it. */
export interface UsedAccount {
  readonly connector: string
  readonly account: string
}

export interface RoleOfRun {
  readonly tenant: string
  readonly run: string
  /** The role, `esign`. */
  readonly system: string
}

const used: Statement = {
  name: 'run_accounts_used',
  text: `select connector, account from sijil.run_accounts where tenant = $1 and run = $2 and system = $3 order by at_ms, connector, account`,
}
const note: Statement = {
  name: 'run_accounts_note',
  text: `insert into sijil.run_accounts (tenant, run, system, connector, account, at_ms)
    values ($1, $2, $3, $4, $5, sijil.now_ms()) on conflict do nothing`,
}

/** With which accounts a run has used a role, oldest first. */
export const readUsedAccounts = (
  database: Database,
  { tenant, run, system }: RoleOfRun,
): Promise<readonly UsedAccount[]> => database.engine.query<UsedAccount>(used, [tenant, run, system])

/** To be written before anything leaves: whoever asks later whether it happened must know whom to ask. */
export async function noteUsedAccount(
  database: Database,
  { tenant, run, system }: RoleOfRun,
  { connector, account }: UsedAccount,
): Promise<void> {
  await database.engine.query(note, [tenant, run, system, connector, account])
}
