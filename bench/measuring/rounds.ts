import type { Figure, Unit } from '../scenarios/scenario.ts'

/** The middle of several rounds, with the least and the most of them. Of an even number the lower of the two in the middle. */
export function middleOf(what: string, unit: Unit, rounds: readonly number[]): Figure {
  const sorted = rounds.toSorted((one, other) => one - other)
  const [least, middle, most] = [sorted[0], sorted[Math.ceil(sorted.length / 2) - 1], sorted.at(-1)]
  if (least === undefined || middle === undefined || most === undefined)
    throw new RangeError(`${what}: there is nothing to take the middle of`)
  return { what, unit, value: middle, ...(rounds.length > 1 ? { range: [least, most] } : {}) }
}
