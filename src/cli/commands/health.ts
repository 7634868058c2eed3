import type { Command } from 'commander'
import type { HealthView } from '../../http/health-check.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { healthOf } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'

/** Asks the running server how each of its parts is. Ends with `findings` when it cannot do its work. */
export function addHealthCommand(sijil: Command, terminal: Terminal): void {
  sijil
    .command('health')
    .description('how each part of the running server is, Temporal included; needs no key')
    .action(async ({ json }: Options) => {
      const view = await healthOf(terminal.env)
      if (json === true) terminal.json(view)
      else for (const line of linesOf(view)) terminal.data(line)
      if (view.state === 'down') throw new CommandFailed('The server cannot do its work.', EXIT.findings)
    })
}

function linesOf({ database, engine, temporal, sealing, webhooks, connectors }: HealthView): readonly string[] {
  const parts: readonly (readonly [name: string, state: string, more: string])[] = [
    ['database', database.state, database.kind],
    ['engine', engine.state, `${engine.loadedRuns} runs in memory${unloadable(engine.unloadableRuns)}`],
    ...(temporal === undefined ? [] : [['temporal', temporal.state, untold(temporal.untoldRuns)] as const]),
    ['sealing', sealing.state, sealing.rows === undefined ? '' : `${sealing.rows} rows to seal`],
    ['webhooks', webhooks.state, waitingWebhooks(webhooks)],
    ...Object.entries(connectors).map(([name, { state, code = '' }]) => [name, state, code] as const),
  ]
  return parts.map(([name, state, more]) => `${name.padEnd(10)}  ${state.padEnd(4)}  ${more}`.trimEnd())
}

const unloadable = (runs: number | undefined): string =>
  runs === undefined || runs === 0 ? '' : `, ${runs} of versions that it does not have`

const untold = (runs: number | undefined): string =>
  runs === undefined || runs === 0 ? '' : `${runs} runs are not told yet; nothing of them is lost`

function waitingWebhooks({ waiting, oldestMs, failing }: HealthView['webhooks']): string {
  if (waiting === undefined || oldestMs === undefined) return ''
  const since = waiting === 0 ? '' : `, the oldest since ${Math.round(oldestMs / 1_000)} s`
  const fail = failing === undefined || failing === 0 ? '' : `; addresses that fail: ${failing} (sijil webhook list)`
  return `${waiting} messages wait${since}${fail}`
}
