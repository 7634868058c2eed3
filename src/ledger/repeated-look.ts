/** Something that is looked for in the ledger again and again, until it is stopped. */
export interface RepeatedLook {
  readonly isStopped: boolean
  /** Begins no further look, and settles when the one under way has ended. */
  stop(): Promise<void>
}

/**
 * `everyMs`: the pause before each look, the first included; null: there is none. What a look throws goes to `onTrouble`, and the next one
 * comes in its time.
 */
export function lookRepeatedly(
  look: () => Promise<unknown>,
  { everyMs, onTrouble }: { readonly everyMs: number | null; readonly onTrouble: (error: unknown) => void },
): RepeatedLook {
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let isStopped = false
  const lookOnce = async (): Promise<void> => {
    try {
      await look()
    } catch (error) {
      onTrouble(error)
    }
    arm()
  }
  const arm = (): void => {
    if (isStopped || everyMs === null) return
    timer = setTimeout(() => {
      looking = lookOnce()
    }, everyMs)
  }
  arm()
  return {
    get isStopped() {
      return isStopped
    },
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await looking
    },
  }
}
