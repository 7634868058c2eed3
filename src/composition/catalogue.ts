import type { ConfiguredConnector } from '../connectors/configured-connector.ts'
import { buildCatalogue, type Catalogue } from '../inventory/catalogue.ts'
import { type EngineChoice, engineFor } from '../inventory/engine-for.ts'
import { externalBy } from '../inventory/external.ts'
import { outlines } from '../inventory/outlines/index.ts'
import { workflows } from '../workflows/index.ts'

/** Long workflows run here: no cluster is configured. */
export const engines = { long: 'local' } as const satisfies EngineChoice

/** The inventory: what is declared, joined with what is built. Needs no database. */
export const openCatalogue = (connectors: readonly ConfiguredConnector[]): Catalogue =>
  buildCatalogue({ workflows, outlines, external: externalBy(connectors.map(({ connector }) => connector)) })

/** Where the class of a workflow places its runs. One that is not in the catalogue runs durably. */
export function engineOf(catalogue: Catalogue): (workflow: string) => 'inline' | 'local' {
  const inline = new Set(
    catalogue.filter(({ runsAs }) => engineFor(runsAs, engines) === 'inline').map(({ name }) => name),
  )
  return (workflow) => (inline.has(workflow) ? 'inline' : 'local')
}
