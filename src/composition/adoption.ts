import { type Adoption, adoptionOf } from '../inventory/adoption.ts'
import { adoptionMarkdown } from '../inventory/render-adoption.ts'
import { flows } from '../workflows/flows.ts'
import { workflows } from '../workflows/index.ts'
import { openCatalogue } from './catalogue.ts'

/** How far the adoption of Temporal is. Needs no database and no cluster. */
export const adoption = (): Adoption =>
  adoptionOf({ catalogue: openCatalogue([]), workflows, flows: Object.keys(flows) })

const COMMAND = 'npx sijil inventory adoption --markdown'

/** The page `docs/temporal-adoption.md`. */
export const adoptionPage = (): string => adoptionMarkdown(adoption(), COMMAND)
