import type { Command } from 'commander'
import type { EffectView } from '../../ledger/reading/run-view.ts'
import { columns } from '../columns.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { jsonIn } from '../input.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { timeIn } from '../time.ts'
import { AS, type Options } from './options.ts'

export function addEffectCommands(sijil: Command, terminal: Terminal): void {
  const effect = sijil.command('effect').description('effects that wait for a person')
  effect
    .command('list')
    .description('in doubt after a crash, or an undo that failed; oldest first')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const page = await connect(terminal.env, options).get<{ effects: readonly EffectView[] }>('/effects')
      if (json === true) return terminal.json(page)
      if (page.effects.length === 0) return terminal.say('No effect waits for a person.')
      const rows = page.effects.map((one) => [one.run, one.key, one.state, timeIn(one.startedAt), one.problem ?? ''])
      terminal.data(columns([['RUN', 'EFFECT', 'STATE', 'SINCE', 'PROBLEM'], ...rows]))
    })
  effect
    .command('resolve <run> <key>')
    .description('say what became of an effect in doubt')
    .option('--happened [json]', 'it happened; with what the step would have answered')
    .option('--never', 'it did not happen: it may be made once more')
    .option('--abandon', 'nobody will know: the step fails')
    .requiredOption('--why <reason>', 'goes into the audit log')
    .option(...AS)
    .action(async (run: string, key: string, options: ResolveOptions) => {
      const resolution = resolutionIn(options)
      const answer = await connect(terminal.env, options).post(`/runs/${run}/effects/resolve`, {
        key,
        resolution,
        why: options.why,
      })
      if (options.json === true) terminal.json(answer)
      terminal.say(`Settled. See what follows with: sijil run show ${run}`)
    })
}

interface ResolveOptions extends Options {
  readonly happened?: string | true
  readonly never?: true
  readonly abandon?: true
  readonly why: string
}

function resolutionIn({ happened, never, abandon }: ResolveOptions) {
  if ([happened, never, abandon].filter((one) => one !== undefined).length !== 1)
    throw new CommandFailed('Say one of --happened, --never and --abandon. Nothing was changed.', EXIT.invalid)
  if (never === true) return { outcome: 'never' }
  if (abandon === true) return { outcome: 'abandon' }
  return typeof happened === 'string'
    ? { outcome: 'happened', output: jsonIn(happened, '--happened') }
    : { outcome: 'happened' }
}
