import type { TreeVerification } from '../ledger/tree/verify-tree.ts'
import { ledgerChecks } from '../ledger/verify/ledger-checks.ts'
import { type Finding, verifyLedger } from '../ledger/verify/verify-ledger.ts'

export interface Verification {
  /** Empty: nothing is wrong. */
  readonly findings: readonly Finding[]
  /** How many kinds of checks were made of the rows, besides the trees. */
  readonly checks: number
}

export const verificationOf = async (what: TreeVerification): Promise<Verification> => ({
  findings: await verifyLedger(what),
  checks: ledgerChecks.length,
})
