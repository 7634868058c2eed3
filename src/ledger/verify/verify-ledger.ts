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

/**
 * All checks see one moment of the ledger. Each is computed whole before its first rows are taken: asked for the first rows
 * only, the planner joins by tenant alone and compares everything with everything.
 */
export const verifyRows = (database: Database): Promise<readonly Finding[]> =>
  database.transaction({ role: 'owner' }, async (session) => {
    for (const text of settings) await session.query({ name: '', text })
    const findings: Finding[] = []
    for (const { code, says, sql } of ledgerChecks) {
      const text = `with found as materialized (${sql}) select tenant, subject from found order by tenant, subject limit $1`
      const rows = await session.query<{ readonly tenant: string; readonly subject: string }>({ name: '', text }, [
        NAMED_MAX,
      ])
      findings.push(...rows.map(({ tenant, subject }) => ({ code, tenant, subject, message: `${subject}: ${says}` })))
    }
    return findings
  })

const settings = [
  'set transaction isolation level repeatable read, read only',
  // A ledger that was just filled has no statistics, and a nested loop would be the wrong guess.
  'set local enable_nestloop = off',
  "set local statement_timeout = '15min'",
] as const
