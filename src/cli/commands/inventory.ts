import type { Command } from 'commander'
import { adoption, adoptionPage } from '../../composition/adoption.ts'
import { enginesOf, openCatalogue } from '../../composition/catalogue.ts'
import { readSettings } from '../../composition/settings.ts'
import type { Language } from '../../http/pages/language.ts'
import { auditInventory } from '../../inventory/audit.ts'
import { listInventory } from '../../inventory/listing.ts'
import { adoptionText } from '../../inventory/render-adoption.ts'
import { auditText, inventoryText } from '../../inventory/render-text.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly json?: boolean
  readonly lang: Language
}

/** Needs neither a server nor a database: the definitions say it all. */
export function addInventoryCommand(sijil: Command, terminal: Terminal): void {
  const inventory = sijil.command('inventory').description('every workflow and where the rule places it')
  inventory
    .command('list', { isDefault: true })
    .description('list the workflows')
    .action(({ json, lang }: Options) => {
      const catalogue = openCatalogue([])
      const listings = listInventory(catalogue, enginesOf(readSettings(engineIn(terminal)), catalogue))
      if (json === true) terminal.json({ workflows: listings })
      else terminal.data(inventoryText(listings, lang))
    })
  inventory
    .command('audit')
    .description('hold what is declared against the rule')
    .action(({ json, lang }: Options) => {
      const audit = auditInventory(openCatalogue([]))
      if (json === true) terminal.json(audit)
      else terminal.data(auditText(audit, lang))
    })
  inventory
    .command('adoption')
    .description('how far the adoption of Temporal is: phases, prerequisites, and how steps are taken back')
    .option('--markdown', 'as the page docs/temporal-adoption.md')
    .action(({ json, lang, markdown }: Options & { readonly markdown?: boolean }) => {
      if (json === true) terminal.json(adoption())
      else terminal.data(markdown === true ? adoptionPage() : adoptionText(adoption(), lang))
    })
}

/** Where runs start is all that the inventory needs of the settings. */
const engineIn = ({ env }: Terminal): Readonly<Record<string, string | undefined>> => ({
  SIJIL_ENGINE: env['SIJIL_ENGINE'],
  SIJIL_TEMPORAL_ADDRESS: env['SIJIL_TEMPORAL_ADDRESS'],
})
