import type { Database } from '../database/database.ts'
import { type TreeFinding, type TreeVerification, verifyTrees } from '../tree/verify-tree.ts'
import { type LedgerCheckCode, ledgerChecks } from './ledger-checks.ts'

export interface Finding {
  readonly code: LedgerCheckCode | TreeFinding['code']
  readonly tenant: string
  /** What is wrong: `run <id>`, `<run id>/<key>`, `task <id>`, `audit 12`. */
  readonly subject: string
  readonly message: string
}

/** Of each kind of finding so many are named. */
const NAMED_MAX = 1_000

/**
 * Checks the whole ledger: the audit logs against their trees, rows against the audit log, references between rows, and what
 * must hold of every run. Nothing found: an empty list. Nothing is changed, and writers may go on meanwhile.
 */
export async function verifyLedger(options: TreeVerification): Promise<readonly Finding[]> {
  return [...(await verifyTrees(options)), ...(await verifyRows(options.database))]
}

/** All checks see one moment of the ledger. */
export const verifyRows = (database: Database): Promise<readonly Finding[]> =>
  database.transaction({ role: 'owner' }, async (session) => {
    await session.query({ name: '', text: 'set transaction isolation level repeatable read, read only' })
    const findings: Finding[] = []
    for (const { code, says, sql } of ledgerChecks) {
      const statement = {
        name: `verify.${code}`,
        text: `select tenant, subject from (${sql}) found order by tenant, subject limit $1`,
      }
      const rows = await session.query<{ readonly tenant: string; readonly subject: string }>(statement, [NAMED_MAX])
      findings.push(...rows.map(({ tenant, subject }) => ({ code, tenant, subject, message: `${subject}: ${says}` })))
    }
    return findings
  })
