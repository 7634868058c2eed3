import type { Title } from '../flow/words.ts'
import type { BuildStatus, Catalogue, InventoryEntry } from './catalogue.ts'
import type { PlacementReason } from './place.ts'
import { isHigher, type PlacementClass } from './placement-class.ts'

/**
 * - contradiction: the rule places the workflow higher than declared; the runtime obeys the rule.
 * - strain: the description of its class does not fit it, though the rule moves it nowhere.
 * - observation: declared higher than the rule asks, which is allowed and obeyed.
 */
export type FindingKind = 'contradiction' | 'strain' | 'observation'

export interface Finding {
  readonly kind: FindingKind
  readonly workflow: string
  readonly title: Title
  readonly status: BuildStatus['kind']
  readonly declared: PlacementClass
  readonly placed: PlacementClass
  readonly runsAs: PlacementClass
  /** Never empty. */
  readonly reasons: readonly PlacementReason[]
}

export interface InventoryAudit {
  readonly contradictions: readonly Finding[]
  readonly strains: readonly Finding[]
  readonly observations: readonly Finding[]
  /** Names of the workflows that are outlines only. */
  readonly notBuilt: readonly string[]
}

/** Holds what the inventory declares against what the rule says. */
export const auditInventory = (catalogue: Catalogue): InventoryAudit => ({
  contradictions: catalogue
    .filter(({ declared, placed }) => isHigher(placed.class, declared.class))
    .map((entry) => finding('contradiction', entry, entry.placed.reasons)),
  strains: catalogue
    .filter(({ strains }) => strains.length > 0)
    .map((entry) => finding('strain', entry, entry.strains)),
  observations: catalogue
    .filter(({ declared, placed }) => isHigher(declared.class, placed.class))
    .map((entry) => finding('observation', entry, entry.placed.reasons)),
  notBuilt: catalogue.filter(({ status }) => status.kind === 'outline').map(({ name }) => name),
})

const finding = (
  kind: FindingKind,
  { name, title, status, declared, placed, runsAs }: InventoryEntry,
  reasons: readonly PlacementReason[],
): Finding => ({
  kind,
  workflow: name,
  title,
  status: status.kind,
  declared: declared.class,
  placed: placed.class,
  runsAs,
  reasons,
})
