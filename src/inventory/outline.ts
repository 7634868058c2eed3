import type { Title } from '../flow/words.ts'
import type { PlacementClass } from './placement-class.ts'
import type { PlacementTraits } from './traits.ts'

/**
 * A workflow as the organisation's inventory declares it: its class, how long it lasts, the systems it uses and its
 * steps. Approvals, undo and commitments follow from what it does. Until a definition exists this is all there is.
 */
export interface Outline {
  /** A stable id, for example `partner-approval`. */
  readonly name: string
  readonly title: Title
  readonly does: Title
  /** The class that the inventory declares; the rule may see it otherwise. */
  readonly declared: PlacementClass
  readonly traits: PlacementTraits
}

type Quiet = 'externalSystems' | 'internalServices' | 'needsCompensation' | 'pausesForApproval' | 'commitments'
type OutlineDefinition = Omit<Outline, 'traits'> & Omit<PlacementTraits, Quiet> & Partial<Pick<PlacementTraits, Quiet>>

/** Traits that are not mentioned are absent. */
export const outline = ({ name, title, does, declared, ...traits }: OutlineDefinition): Outline => ({
  name,
  title,
  does,
  declared,
  traits: {
    externalSystems: [],
    internalServices: [],
    needsCompensation: false,
    pausesForApproval: false,
    commitments: [],
    ...traits,
  },
})
