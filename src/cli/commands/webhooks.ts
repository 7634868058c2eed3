import type { Command } from 'commander'
import type { EndpointView, MessageView } from '../../ledger/reading/webhooks.ts'
import type { AddedEndpoint, RotatedSecret } from '../../outgoing-webhooks/endpoints.ts'
import { eventTypes } from '../../outgoing-webhooks/event.ts'
import { columns } from '../columns.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { timeIn } from '../time.ts'
import { AS, type Options, WHY } from './options.ts'

export function addWebhookCommands(sijil: Command, terminal: Terminal): void {
  const webhook = sijil.command('webhook').description('telling systems of customers what happens')
  addEndpointCommands(webhook, terminal)
  addChangeCommands(webhook, terminal)
  addMessageCommands(webhook, terminal)
}

function addEndpointCommands(webhook: Command, terminal: Terminal): void {
  webhook
    .command('add <url>')
    .description('tell this address what happens, from now on; prints the secret, this once')
    .option('--events <types>', `with commas between; all of them by default: ${eventTypes.join(', ')}`)
    .option(...AS)
    .action(async (url: string, { json, events, ...options }: Options & { readonly events?: string }) => {
      const wanted = events === undefined ? eventTypes : events.split(',').map((name) => name.trim())
      const added = await connect(terminal.env, options).post<AddedEndpoint>('/webhook-endpoints', {
        url,
        events: wanted,
      })
      if (json === true) return terminal.json(added)
      terminal.data(
        columns([
          ['ENDPOINT', 'SECRET'],
          [added.endpoint, added.secret],
        ]),
      )
      terminal.say(
        'Give the secret to whoever receives the messages. It cannot be shown again; `webhook rotate` makes another.',
      )
    })
  webhook
    .command('list')
    .description('where messages go, and how that goes')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const page = await connect(terminal.env, options).get<{ endpoints: readonly EndpointView[] }>(
        '/webhook-endpoints',
      )
      if (json === true) return terminal.json(page)
      if (page.endpoints.length === 0)
        return terminal.say('There is no endpoint. Add one with: sijil webhook add <url>')
      const rows = page.endpoints.map((one) => [
        one.id,
        stateOf(one),
        String(one.waiting),
        String(one.failed),
        one.url,
        one.why ?? '',
      ])
      terminal.data(columns([['ENDPOINT', 'STATE', 'WAITING', 'FAILED', 'ADDRESS', 'WHY'], ...rows]))
    })
  webhook
    .command('rotate <endpoint>')
    .description('make a new secret; for a day the old one signs too')
    .option(...AS)
    .action(async (endpoint: string, { json, ...options }: Options) => {
      const rotated = await connect(terminal.env, options).post<RotatedSecret>(
        `/webhook-endpoints/${encodeURIComponent(endpoint)}/rotate`,
      )
      if (json === true) return terminal.json(rotated)
      terminal.data(rotated.secret)
      terminal.say(`Until ${timeIn(rotated.bothUntil)} the old one signs too. It cannot be shown again.`)
    })
}

const stateOf = ({ state, heldUntil, failingSince }: EndpointView): string =>
  [
    state,
    ...(heldUntil === null ? [] : [`quiet until ${timeIn(heldUntil)}`]),
    ...(failingSince === null || state === 'removed' ? [] : [`failing since ${timeIn(failingSince)}`]),
  ].join(', ')

const changes = {
  pause: { help: 'send nothing for now; nothing is lost', says: 'Paused. Go on with: sijil webhook resume' },
  resume: { help: 'go on where it stopped', says: 'It goes on where it stopped.' },
  remove: { help: 'never send anything again, and destroy the secret', says: 'Removed. Its log stays.' },
} as const

function addChangeCommands(webhook: Command, terminal: Terminal): void {
  for (const verb of ['pause', 'resume', 'remove'] as const)
    webhook
      .command(`${verb} <endpoint>`)
      .description(changes[verb].help)
      .requiredOption(...WHY)
      .option(...AS)
      .action(async (endpoint: string, { json, why, ...options }: Options & { readonly why: string }) => {
        const server = connect(terminal.env, options)
        const changed = await server.post(`/webhook-endpoints/${encodeURIComponent(endpoint)}/${verb}`, { why })
        if (json === true) terminal.json(changed)
        terminal.say(changes[verb].says)
      })
}

interface LogOptions extends Options {
  readonly endpoint?: string
  readonly failed?: true
  readonly limit?: string
  readonly after?: string
}

function addMessageCommands(webhook: Command, terminal: Terminal): void {
  webhook
    .command('log')
    .description('what became of each message, newest first')
    .option('--endpoint <endpoint>', 'only those to one endpoint')
    .option('--failed', 'only those that were given up, or have failed so far')
    .option('--limit <number>', 'how many (50)')
    .option('--after <message>', 'the page after this message')
    .option(...AS)
    .action(async ({ json, endpoint, failed, limit, after, ...options }: LogOptions) => {
      const page = await connect(terminal.env, options).get<{ messages: readonly MessageView[]; next?: string }>(
        '/webhook-messages',
        { endpoint, failed: failed === true ? 'true' : undefined, limit, after },
      )
      if (json === true) return terminal.json(page)
      if (page.messages.length === 0) return terminal.say('There is no such message.')
      terminal.data(
        columns([
          ['MESSAGE', 'TIME', 'TYPE', 'STATE', 'ATTEMPTS', 'LAST', 'NEXT', 'RUN'],
          ...page.messages.map(cellsOf),
        ]),
      )
      if (page.next !== undefined) terminal.say(`There are more: --after ${page.next}`)
    })
  webhook
    .command('page')
    .description('a link to a page with the log and a button to send again; good for an hour')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const made = await connect(terminal.env, options).post<{ url: string; expiresAt: number }>('/webhook-log-links')
      if (json === true) return terminal.json(made)
      terminal.data(made.url)
      terminal.say(`Whoever has it acts as you, until ${timeIn(made.expiresAt)}.`)
    })
  webhook
    .command('replay [message]')
    .description('send again, under the same id: one message, or what an endpoint was to be told since')
    .option('--endpoint <endpoint>', 'with --since')
    .option('--since <time>', 'such as 2026-11-22T08:00+03:00')
    .option('--failed', 'with --since: only what was not delivered')
    .option(...AS)
    .action(async (message: string | undefined, { json, ...options }: ReplayOptions) => {
      const { path, body } = replayOf(message, options)
      const replayed = await connect(terminal.env, options).post<{ messages: number }>(path, body)
      if (json === true) terminal.json(replayed)
      terminal.say(`${replayed.messages} ${replayed.messages === 1 ? 'message is' : 'messages are'} sent again.`)
    })
}

function cellsOf({ id, at, type, state, attempts, dueAt, run }: MessageView): readonly string[] {
  const last = attempts.at(-1)
  const how =
    last === undefined ? '-' : `${last.outcome ?? 'under way'}${last.status === null ? '' : ` ${last.status}`}`
  const next = dueAt === null ? '-' : timeIn(dueAt)
  return [id, timeIn(at), type, state, String(last?.number ?? 0), how, next, run ?? '-']
}

interface ReplayOptions extends Options {
  readonly endpoint?: string
  readonly since?: string
  readonly failed?: true
}

const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/i

/** Throws `CommandFailed` for words that do not say which messages. */
function replayOf(message: string | undefined, { endpoint, since, failed }: ReplayOptions) {
  if (message !== undefined && endpoint === undefined && since === undefined)
    return { path: `/webhook-messages/${encodeURIComponent(message)}/replay`, body: undefined }
  if (message !== undefined || endpoint === undefined || since === undefined)
    throw new CommandFailed('Name a message, or an --endpoint and a time with --since. Nothing was sent.', EXIT.invalid)
  const time = ZONED.test(since) ? Date.parse(since) : Number.NaN
  if (Number.isNaN(time))
    throw new CommandFailed(
      `${since} is no time with its zone, such as 2026-11-22T08:00+03:00. Nothing was sent.`,
      EXIT.invalid,
    )
  return {
    path: `/webhook-endpoints/${encodeURIComponent(endpoint)}/replay`,
    body: { since: time, failedOnly: failed === true },
  }
}
