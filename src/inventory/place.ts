import type { PlacementClass } from './placement-class.ts'
import { type Clause, DESCRIPTION, DURABLE, SHORT_BELOW_MS, type TraitName } from './rule.ts'
import type { PlacementTraits } from './traits.ts'
import type { Words } from './words.ts'

/** A trait of the workflow, what is so of it, and the words of the rule that it was held against. */
export interface PlacementReason {
  readonly trait: TraitName
  readonly fact: Words
  readonly rule: Words
}

export interface Placement {
  readonly class: PlacementClass
  /** Never empty. */
  readonly reasons: readonly PlacementReason[]
}

/** The placement rule. */
export function place(traits: PlacementTraits): Placement {
  const durable = DURABLE.filter((clause) => clause.holds(traits))
  if (durable.length > 0) return { class: 'long', reasons: reasonsFrom(durable, traits) }
  const placed = traits.lasts.toMs < SHORT_BELOW_MS ? 'short' : 'medium'
  return {
    class: placed,
    reasons: reasonsFrom(
      DESCRIPTION[placed].filter((clause) => clause.holds(traits)),
      traits,
    ),
  }
}

/** What in the description of a class does not fit the workflow, though the rule moves it nowhere for that. */
export const strainsIn = (runsAs: PlacementClass, traits: PlacementTraits): readonly PlacementReason[] =>
  runsAs === 'long'
    ? []
    : reasonsFrom(
        DESCRIPTION[runsAs].filter((clause) => !clause.holds(traits)),
        traits,
      )

const reasonsFrom = (clauses: readonly Clause[], traits: PlacementTraits): readonly PlacementReason[] =>
  clauses.map(({ trait, words, fact }) => ({ trait, fact: fact(traits), rule: words }))
