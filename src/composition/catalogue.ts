import type { ConfiguredConnector } from '../connectors/configured-connector.ts'
import { buildCatalogue, type Catalogue } from '../inventory/catalogue.ts'
import { type EngineChoice, type EngineName, engineOfWorkflow } from '../inventory/engine-for.ts'
import { externalBy } from '../inventory/external.ts'
import { outlines } from '../inventory/outlines/index.ts'
import { workflows } from '../workflows/index.ts'
import { type SijilSettings, UnusableSettings } from './settings.ts'

/** The inventory: what is declared, joined with what is built. Needs no database. */
export const openCatalogue = (connectors: readonly ConfiguredConnector[]): Catalogue =>
  buildCatalogue({ workflows, outlines, external: externalBy(connectors.map(({ connector }) => connector)) })

/** Throws `UnusableSettings` for a workflow that is not there, or never leaves this process. */
export function enginesOf(
  { startsOnTemporal }: Pick<SijilSettings, 'startsOnTemporal'>,
  catalogue: Catalogue,
): EngineChoice {
  if (startsOnTemporal === 'none') return { long: 'local' }
  if (startsOnTemporal === 'long') return { long: 'temporal' }
  const choice = { long: 'local', onTemporal: startsOnTemporal } as const
  const unfit = startsOnTemporal.filter(
    (name) => !catalogue.some((entry) => entry.name === name && engineOfWorkflow(entry, choice) === 'temporal'),
  )
  if (unfit.length === 0) return choice
  throw new UnusableSettings(
    unfit.map((name) => `SIJIL_ENGINE names ${name}, which is no workflow that can run on Temporal`),
  )
}

/** Where the class of a workflow places its runs. One that is not in the catalogue runs durably. */
export function engineOf(catalogue: Catalogue, choice: EngineChoice): (workflow: string) => EngineName {
  const engines = new Map(catalogue.map((entry) => [entry.name, engineOfWorkflow(entry, choice)]))
  return (workflow) => engines.get(workflow) ?? 'local'
}
