import { fraction } from '../flow/fraction.ts'
import type { Retry } from '../flow/step.ts'
import { approximateMs } from '../flow/time.ts'

/**
 * How long to wait after the given attempt (from 1) failed, in milliseconds: doubling from the first wait to the longest,
 * then between half and all of that. The jitter follows from the key, so that it can be tested and still spreads.
 */
export function backoffMs(
  { firstWait, longestWait }: Pick<Retry, 'firstWait' | 'longestWait'>,
  attempt: number,
  key: string,
): number {
  const full = Math.min(approximateMs(firstWait) * 2 ** Math.min(attempt - 1, 30), approximateMs(longestWait))
  return Math.round(full * (0.5 + fraction(`${key} ${attempt}`) / 2))
}
