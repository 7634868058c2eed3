/** Seeds that are lived one after another on one ledger, and verified together: each leaves only rows that are at rest. */
import type { PooledDatabase } from '../../src/ledger/database/pooled-database.ts'
import { startSealer } from '../../src/ledger/tree/sealer.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { temporaryDirectory } from '../support/audit-log.ts'
import { ephemeralSigner } from '../support/head-signer.ts'
import type { FaultKind, FaultLimits } from './faults.ts'
import { openLedger } from './ledger-in-thread.ts'
import { simulate } from './simulate.ts'
import type { Trace } from './trace.ts'

export interface Course {
  readonly limits: FaultLimits
  readonly runsMax: number
  /** Whether the answers of the database are part of the trace. */
  readonly isDeep?: boolean
  /** Changes the ledger before anything is lived on it, to see whether a fault is found. */
  readonly plant?: string
}

/** Everything that a seed asks for. */
export const whole: Course = {
  limits: { without: [], until: Number.MAX_SAFE_INTEGER },
  runsMax: Number.MAX_SAFE_INTEGER,
}

export interface Result {
  readonly seed: number
  readonly problems: readonly string[]
  readonly runs: number
  readonly moments: number
  readonly tried: readonly (readonly [FaultKind, number])[]
}

/** One seed, alone on its ledger. */
export async function liveOne(seed: number, course: Course): Promise<Result & { readonly trace: Trace }> {
  const ledger = await opened(course)
  try {
    const { tenant, trace, ...lived } = await simulate(ledger, { seed, isDeep: false, ...course })
    const problems = [...lived.problems, ...((await verified(ledger)).get(tenant) ?? [])]
    return { ...lived, problems, trace, tried: [...lived.tried] }
  } finally {
    await ledger.close()
  }
}

/** Seeds from the first on, until one of them has failed or all are lived. Answers what was lived. */
export async function liveBlock(first: number, count: number, course: Course): Promise<readonly Result[]> {
  const ledger = await opened(course)
  const results: (Result & { readonly tenant: string })[] = []
  try {
    for (let seed = first; seed < first + count; seed += 1) {
      const { tenant, problems, runs, moments, tried } = await simulate(ledger, { seed, isDeep: false, ...course })
      results.push({ seed, tenant, problems, runs, moments, tried: [...tried] })
      // What it left is not at rest.
      if (problems.length > 0) break
    }
    const found = await verified(ledger)
    return results.map(({ tenant, ...result }) => ({
      ...result,
      problems: [...result.problems, ...(found.get(tenant) ?? [])],
    }))
  } finally {
    await ledger.close()
  }
}

async function opened({ plant }: Course): Promise<PooledDatabase> {
  const ledger = await openLedger()
  if (plant !== undefined) await ledger.script(plant)
  return ledger
}

/** By tenant: what the rules of the ledger and the trees of its audit logs say. */
async function verified(database: PooledDatabase): Promise<ReadonlyMap<string, readonly string[]>> {
  using directory = temporaryDirectory()
  const headsFile = directory.file('heads')
  const signer = ephemeralSigner()
  const problems: string[] = []
  const sealer = await startSealer({ database, signer, headsFile, onProblem: ({ message }) => problems.push(message) })
  await sealer.sealNow()
  await sealer.stop()
  const findings = await verifyLedger({ database, headsFile, verify: signer.verify })
  const said = findings.map(({ tenant, code, message }) => ({ tenant, text: `${code}: ${message}` }))
  const sealed = problems.map((text) => ({ tenant: '', text }))
  return new Map(
    [...Map.groupBy([...said, ...sealed], ({ tenant }) => tenant)].map(([tenant, of]) => [
      tenant,
      of.map(({ text }) => text),
    ]),
  )
}
