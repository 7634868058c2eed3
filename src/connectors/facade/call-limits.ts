import { type Environment, valueOf } from '../settings-source.ts'

/** At most so many calls within any span of so many milliseconds. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** What may be set for the calls of one connector. */
export interface CallLimits {
  /** One limit for all operations of an account together. Undefined: each operation has the one it declares. */
  readonly rate: Rate | undefined
  /** How many calls of one account this process has under way at a time. */
  readonly inFlight: number
  /** After so many failures of the vendor in a row nothing is begun for a while. */
  readonly breakAfter: number
  /** How long that is. Then one call tries whether the vendor is back. */
  readonly breakMs: number
}

export const DEFAULT_LIMITS: CallLimits = { rate: undefined, inFlight: 64, breakAfter: 5, breakMs: 30_000 }

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/**
 * `SIJIL_<CONNECTOR>_RATE` (`80/1s`; units ms, s, m, h), `_IN_FLIGHT`, `_BREAK_AFTER` and `_BREAK_SECONDS`. Adds to `problems`
 * what is wrong with them.
 */
export function callLimitsFrom(environment: Environment, connector: string, problems: string[]): CallLimits {
  const prefix = `SIJIL_${connector.toUpperCase().replaceAll('-', '_')}`
  const read = (name: string): string | undefined => valueOf(environment, `${prefix}_${name}`)
  const whole = (name: string, most: number): number | undefined => {
    const text = read(name)
    if (text === undefined) return undefined
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
    if (value >= 1 && value <= most) return value
    problems.push(`${prefix}_${name} is not a whole number from 1 to ${most}`)
    return undefined
  }
  const text = read('RATE')
  const rate = text === undefined ? undefined : rateFrom(text)
  if (text !== undefined && rate === undefined)
    problems.push(`${prefix}_RATE is not a rate such as 80/1s: calls, a slash, and how long (ms, s, m or h)`)
  const breakSeconds = whole('BREAK_SECONDS', 3_600)
  return {
    rate,
    inFlight: whole('IN_FLIGHT', 10_000) ?? DEFAULT_LIMITS.inFlight,
    breakAfter: whole('BREAK_AFTER', 1_000) ?? DEFAULT_LIMITS.breakAfter,
    breakMs: breakSeconds === undefined ? DEFAULT_LIMITS.breakMs : breakSeconds * 1_000,
  }
}

function rateFrom(text: string): Rate | undefined {
  const [, calls, count, unit] = /^(\d{1,6})\/(\d{1,6})(ms|s|m|h)$/.exec(text) ?? []
  if (calls === undefined || count === undefined || unit === undefined) return undefined
  // The pattern lets only the four of them through.
  const rate = { calls: Number(calls), perMs: Number(count) * UNITS[unit as keyof typeof UNITS] }
  return rate.calls > 0 && rate.perMs > 0 ? rate : undefined
}
