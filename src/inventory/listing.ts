import type { Catalogue, InventoryEntry } from './catalogue.ts'
import { type EngineChoice, type EngineName, engineOfWorkflow } from './engine-for.ts'

/** An entry as a face shows it. Plain data. */
export interface InventoryListing extends InventoryEntry {
  /** Null for an outline: nothing of it runs. */
  readonly engine: EngineName | null
}

export const listInventory = (catalogue: Catalogue, engines: EngineChoice): readonly InventoryListing[] =>
  catalogue.map((entry) => ({
    ...entry,
    engine: entry.status.kind === 'built' ? engineOfWorkflow(entry, engines) : null,
  }))
