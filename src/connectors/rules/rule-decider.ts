import { canonical } from '../../flow/canonical.ts'
import { valueAt } from '../json-pointer.ts'
import type { Condition, Json, Rule } from '../systems.ts'

/** The first rule whose conditions all hold; undefined when none does. */
export const ruleFor = (rules: readonly Rule[], facts: Json): Rule | undefined =>
  rules.find(({ when }) => when.every((condition) => holds(condition, valueAt(facts, condition.at))))

function holds(condition: Condition, value: unknown): boolean {
  if ('isThere' in condition) return condition.isThere === (value !== undefined)
  if (value === undefined) return false
  if ('is' in condition) return areEqual(value, condition.is)
  if ('oneOf' in condition) return condition.oneOf.some((one) => areEqual(value, one))
  if ('atLeast' in condition) return typeof value === 'number' && value >= condition.atLeast
  if ('atMost' in condition) return typeof value === 'number' && value <= condition.atMost
  return typeof value === 'string' && value.includes(condition.contains)
}

const areEqual = (one: unknown, other: unknown) => canonical(one) === canonical(other)
