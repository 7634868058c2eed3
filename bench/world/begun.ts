/** When a step's `do` begins is only known inside it: whoever measures asks here first. */
const asked = new Map<string, (at: number) => void>()

/** Resolves with `performance.now()` of the moment when the step of this run begins. Ask before the run can come to it. */
export const begun = (run: string): Promise<number> => new Promise((resolve) => asked.set(run, resolve))

/** Called as the first thing of the step. */
export function begins(run: string): void {
  const at = performance.now()
  asked.get(run)?.(at)
  asked.delete(run)
}
