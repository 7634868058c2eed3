import { lookRepeatedly, type RepeatedLook } from '../ledger/repeated-look.ts'

/** A vendor's word may come before the ledger knows what it is about: it is parked then, and looked at again from here. */
export interface ParkedSweep {
  /** For whom something is parked. */
  readonly tenants: () => Promise<readonly string[]>
  /** Tries again what is parked for one. */
  readonly match: (tenant: string) => Promise<unknown>
  readonly onTrouble: (error: unknown) => void
  /** Pause between two looks. Default 5 000. */
  readonly everyMs?: number
}

const EVERY_MS = 5_000

/** Looks until it is stopped; stopping waits for the look under way. */
export function startParkedSweep({ tenants, match, onTrouble, everyMs = EVERY_MS }: ParkedSweep): RepeatedLook {
  const matchAll = async (): Promise<void> => {
    for (const tenant of await tenants()) if (!sweep.isStopped) await match(tenant)
  }
  const sweep = lookRepeatedly(matchAll, { everyMs, onTrouble })
  return sweep
}
