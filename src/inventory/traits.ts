import type { Commitment } from '../flow/effect.ts'
import { approximateMs, type Duration } from '../flow/time.ts'
import { traitsOf, type Workflow } from '../flow/workflow.ts'

/** All that the rule reads of a workflow. */
export interface PlacementTraits {
  /** How long a run lasts; `fromMs` 0 means "under `toMs`". A working day counts as a day. */
  readonly lasts: Lasts
  readonly steps: number
  /** Systems with a commit of their own outside the platform: vendors, other companies, other departments' systems. */
  readonly externalSystems: readonly string[]
  /** Services of the platform. The ledger that every run is recorded in is not counted. */
  readonly internalServices: readonly string[]
  readonly needsCompensation: boolean
  readonly pausesForApproval: boolean
  /** What it binds the organisation to, towards an outside party. */
  readonly commitments: readonly Commitment[]
}

export interface Lasts {
  readonly fromMs: number
  readonly toMs: number
}

export const under = (to: Duration): Lasts => ({ fromMs: 0, toMs: approximateMs(to) })
export const between = (from: Duration, to: Duration): Lasts => ({
  fromMs: approximateMs(from),
  toMs: approximateMs(to),
})

/** The traits of a built workflow, read from its definition; `external` tells vendors' systems from our own services. */
export function placementTraitsOf(workflow: Workflow, external: (system: string) => boolean): PlacementTraits {
  const traits = traitsOf(workflow)
  const listened = Object.values(workflow.contract.signals).flatMap(({ from }): readonly string[] =>
    from === undefined ? [] : [from.system],
  )
  const systems = [...new Set([...traits.systems, ...listened])].toSorted()
  return {
    lasts: between(traits.lasts.from, traits.lasts.to),
    steps: Object.keys(workflow.steps).length,
    externalSystems: systems.filter((system) => external(system)),
    internalServices: systems.filter((system) => !external(system)),
    needsCompensation: traits.needsUndo,
    pausesForApproval: traits.pausesForPeople,
    commitments: traits.commitments,
  }
}
