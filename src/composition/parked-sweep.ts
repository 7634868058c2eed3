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
export function startParkedSweep({ tenants, match, onTrouble, everyMs = EVERY_MS }: ParkedSweep): {
  stop(): Promise<void>
} {
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let stopped = false
  const look = async (): Promise<void> => {
    try {
      for (const tenant of await tenants()) if (!stopped) await match(tenant)
    } catch (error) {
      onTrouble(error)
    }
    arm()
  }
  const arm = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      looking = look()
    }, everyMs)
  }
  arm()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}
