import type { Command } from 'commander'
import type { PartnerView, PartnerWriteView } from '../../ledger/reading/partners.ts'
import { columns } from '../columns.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { timeIn } from '../time.ts'
import { AS, type Options } from './options.ts'

export function addPartnerCommands(sijil: Command, terminal: Terminal): void {
  const partner = sijil.command('partner').description('the partners that the built-in CRM holds')
  partner
    .command('list')
    .description('list partners, those changed last first')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const page = await connect(terminal.env, options).get<{ partners: readonly PartnerView[] }>('/partners')
      if (json === true) return terminal.json(page)
      if (page.partners.length === 0) return terminal.say('No partner has been saved in the built-in CRM.')
      const rows = page.partners.map(({ id, stage, updatedAt, properties }) => [
        id,
        stage,
        timeIn(updatedAt),
        properties['name'] ?? '',
      ])
      terminal.data(columns([['PARTNER', 'STAGE', 'CHANGED', 'NAME'], ...rows]))
    })
  partner
    .command('show <partner>')
    .description('what is held of a partner, and what was written when')
    .option(...AS)
    .action(async (id: string, { json, ...options }: Options) => {
      const view = await connect(terminal.env, options).get<
        PartnerView & { readonly writes: readonly PartnerWriteView[] }
      >(`/partners/${encodeURIComponent(id)}`)
      if (json === true) return terminal.json(view)
      terminal.data(columns([['stage', view.stage], ...Object.entries(view.properties)]))
      const writes = view.writes.map(({ at, stage, key }) => [timeIn(at), stage, key])
      terminal.data(`\n${columns([['WRITTEN', 'STAGE', 'BY EFFECT'], ...writes])}`)
    })
}
