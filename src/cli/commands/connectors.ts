import type { Command } from 'commander'
import type { CheckedAccount, ConnectorView, Steered, TestedAccount } from '../../composition/connector-desk.ts'
import { columns } from '../columns.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { timeIn } from '../time.ts'
import { AS, type Options } from './options.ts'

const ACCOUNT = ['--account <name>', 'which account, where there are several'] as const

export function addConnectorCommands(sijil: Command, terminal: Terminal): void {
  const connector = sijil.command('connector').description('the ways to other systems, and your accounts there')
  addListCommand(connector, terminal)
  addCheckCommands(connector, terminal)
  addSteeringCommands(connector, terminal)
}

function addListCommand(connector: Command, terminal: Terminal): void {
  connector
    .command('list')
    .description('each one with its contract and your accounts; --json has every field')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const page = await connect(terminal.env, options).get<{ connectors: readonly ConnectorView[] }>('/connectors')
      if (json === true) return terminal.json(page)
      const head = [
        'CONNECTOR',
        'ROLE',
        'ACCOUNT',
        'STATE',
        'CLASS',
        'DATA',
        'REPEATS',
        'WEBHOOK',
        'LAST ERROR',
        'NAME',
      ]
      terminal.data(columns([head, ...page.connectors.flatMap((view) => rowsOf(view, options.lang))]))
    })
}

function rowsOf({ declaration, accounts, lastError }: ConnectorView, language: Options['lang']) {
  const { key, system, classification, operations, webhook, displayName } = declaration
  const changing = Object.values(operations).filter(({ kind }) => kind === 'changing')
  const contract = [
    [...new Set(changing.map(({ approval }) => approval))].toSorted().join(' '),
    classification,
    [...new Set(changing.map(({ idempotency }) => idempotency))].join(', '),
    webhook?.signature ?? '-',
    lastError === null ? '-' : `${lastError.code} ${timeIn(lastError.at)}`,
    displayName[language],
  ]
  if (accounts.length === 0) return [[key, system, '-', 'not configured', ...contract]]
  return accounts.map((one) => [key, system, one.account, stateOf(one), ...contract])
}

const stateOf = ({ paused, plays }: ConnectorView['accounts'][number]): string =>
  paused === null ? (plays ? 'in use' : 'ready') : `paused by ${paused.person} ${timeIn(paused.pausedAt)}`

function addCheckCommands(connector: Command, terminal: Terminal): void {
  connector
    .command('check')
    .description('ask each vendor whether it lets your accounts in; ends with 8 if one does not')
    .option(...AS)
    .action(async ({ json, ...options }: Options) => {
      const page = await connect(terminal.env, options).post<{ accounts: readonly CheckedAccount[] }>(
        '/connectors/check',
      )
      if (json === true) terminal.json(page)
      else if (page.accounts.length === 0) terminal.say('No connector is configured. See: sijil connector list')
      else terminal.data(columns([['CONNECTOR', 'ACCOUNT', 'STATE', 'MS', 'PROBLEM'], ...page.accounts.map(lineOf)]))
      const down = page.accounts.filter(({ health }) => health.state === 'down')
      if (down.length > 0) throw new CommandFailed(`${down.length} of the accounts cannot be used.`, EXIT.findings)
    })
  connector
    .command('test <key>')
    .description('a harmless real call: the health of one account, and the way of its webhooks')
    .option(...ACCOUNT)
    .option(...AS)
    .action(async (key: string, { json, account, ...options }: Options & { readonly account?: string }) => {
      const tested = await connect(terminal.env, options).post<TestedAccount>(
        `/connectors/${encodeURIComponent(key)}/test`,
        { account },
      )
      if (json === true) terminal.json(tested)
      else {
        const { webhook } = tested
        const rows = webhook === null ? [] : [['webhook', webhook.address, webhook.state, '', webhook.message ?? '']]
        terminal.data(columns([['CONNECTOR', 'ACCOUNT', 'STATE', 'MS', 'PROBLEM'], lineOf(tested), ...rows]))
      }
      if (tested.health.state === 'down' || tested.webhook?.state === 'down')
        throw new CommandFailed('The account cannot be used as it is.', EXIT.findings)
    })
}

const lineOf = ({ connector, account, health, answerMs }: CheckedAccount): readonly string[] => [
  connector,
  account,
  health.state,
  String(answerMs),
  health.state === 'down' ? `${health.code}: ${health.message}` : '',
]

const says: Readonly<Record<Steered['answer'], (of: Steered) => string>> = {
  PAUSED: ({ connector, account }) =>
    `Paused. Nothing of yours leaves through ${connector}/${account}, and no run fails for it. Go on with: sijil connector resume ${connector} --account ${account} --because <reason>`,
  ALREADY_PAUSED: ({ connector, account }) => `${connector}/${account} was paused already. Nothing was changed.`,
  RESUMED: ({ runs }) => `Resumed. ${runs} runs that waited for it go on now.`,
  NOT_PAUSED: ({ connector, account }) => `${connector}/${account} is not paused. Nothing was changed.`,
}

function addSteeringCommands(connector: Command, terminal: Terminal): void {
  const descriptions = { pause: 'hold back what would leave through an account; no run fails', resume: 'let it go on' }
  for (const verb of ['pause', 'resume'] as const)
    connector
      .command(`${verb} <key>`)
      .description(descriptions[verb])
      .option(...ACCOUNT)
      .requiredOption('--because <reason>', 'goes into the audit log')
      .option(...AS)
      .action(async (key: string, { json, account, because, ...options }: SteeringOptions) => {
        const steered = await connect(terminal.env, options).post<Steered>(
          `/connectors/${encodeURIComponent(key)}/${verb}`,
          { account, because },
        )
        if (json === true) terminal.json(steered)
        terminal.say(says[steered.answer](steered))
      })
}

interface SteeringOptions extends Options {
  readonly account?: string
  readonly because: string
}
