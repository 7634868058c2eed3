import type { Workflow } from '../flow/workflow.ts'
import type { Title } from '../flow/words.ts'
import { CatalogueError } from './catalogue-error.ts'
import type { Outline } from './outline.ts'
import { type Placement, type PlacementReason, place, strainsIn } from './place.ts'
import { higherOf, type PlacementClass } from './placement-class.ts'
import { type Lasts, type PlacementTraits, placementTraitsOf } from './traits.ts'

/** One workflow of the inventory, built or not. Plain data. */
export interface InventoryEntry {
  readonly name: string
  readonly title: Title
  readonly does: Title
  /** An outline is not built yet: there is nothing to run. */
  readonly status: BuildStatus
  readonly declared: { readonly class: PlacementClass; readonly lasts: Lasts }
  /** What the rule says of `traits`. */
  readonly placed: Placement
  /** The higher of declared and placed: what the runtime obeys. */
  readonly runsAs: PlacementClass
  /** Where the description of the class it runs as does not fit it. */
  readonly strains: readonly PlacementReason[]
  /** Derived from the definition when there is one, else declared by the outline. */
  readonly traits: PlacementTraits
}

export type BuildStatus = { readonly kind: 'built'; readonly version: number } | { readonly kind: 'outline' }

/** In the order of the outlines. */
export type Catalogue = readonly InventoryEntry[]

export interface CatalogueParts {
  readonly workflows: readonly Workflow[]
  readonly outlines: readonly Outline[]
  /** Whether a system that steps reach lies outside the platform. */
  readonly external: (system: string) => boolean
}

/**
 * Joins the declared inventory with what is built: a definition replaces the outline of its name, and its declared
 * class is kept. Throws `CatalogueError` when a name is given twice or a definition is of no outline.
 */
export function buildCatalogue({ workflows, outlines, external }: CatalogueParts): Catalogue {
  const built = byName(workflows, ({ contract }) => contract.name, 'definition')
  const declared = byName(outlines, ({ name }) => name, 'outline')
  const stranger = [...built.keys()].find((name) => !declared.has(name))
  if (stranger !== undefined) throw CatalogueError.unknown(stranger)
  return outlines.map((outline) => entryOf(outline, built.get(outline.name), external))
}

function entryOf(outline: Outline, definition: Workflow | undefined, external: (system: string) => boolean) {
  const traits = definition === undefined ? outline.traits : placementTraitsOf(definition, external)
  const placed = place(traits)
  const runsAs = higherOf(outline.declared, placed.class)
  return {
    name: outline.name,
    title: definition?.contract.title ?? outline.title,
    does: outline.does,
    status: statusOf(definition),
    declared: { class: outline.declared, lasts: outline.traits.lasts },
    placed,
    runsAs,
    strains: strainsIn(runsAs, traits),
    traits,
  } satisfies InventoryEntry
}

const statusOf = (definition: Workflow | undefined): BuildStatus =>
  definition === undefined ? { kind: 'outline' } : { kind: 'built', version: definition.contract.version }

function byName<Item>(items: readonly Item[], nameOf: (item: Item) => string, what: string): ReadonlyMap<string, Item> {
  const named = new Map<string, Item>()
  for (const item of items) {
    const name = nameOf(item)
    if (named.has(name)) throw CatalogueError.duplicate(name, what)
    named.set(name, item)
  }
  return named
}
