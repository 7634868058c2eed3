import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { addPayloadKey, loadPayloadKeys, sealWithPayloadKey } from '../../trust/payload-keys.ts'
import { startCodecRelay } from '../codec-relay.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { placesIn } from '../places.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { AS, type Options } from './options.ts'

export function addTemporalCommands(sijil: Command, terminal: Terminal): void {
  const temporal = sijil.command('temporal').description('what concerns the Temporal cluster')
  addKeysCommands(temporal, terminal)
  temporal
    .command('codec')
    .description("let Temporal's web page in this machine's browser show what is sealed, until Ctrl-C")
    .addOption(
      new Option('--origin <url...>', "where that page comes from; the development server's by default").default([
        DEV_PAGE,
      ]),
    )
    .option('--port <number>', 'to listen on; any free one by default', '0')
    .option(...AS)
    .action(async ({ origin, port, ...options }: CodecOptions) => {
      const server = connect(terminal.env, options)
      const relay = await startCodecRelay({
        origins: origin.map(originOf),
        port: portOf(port),
        decode: (body) => server.post('/temporal/decode', body),
      })
      if (options.json === true) terminal.json({ endpoint: relay.endpoint })
      else terminal.data(relay.endpoint)
      terminal.say(
        "Enter it in Temporal's page as the codec server's endpoint. Whoever has it reads as you do: keep it.",
      )
      await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
      await relay.close()
    })
}

const DEV_PAGE = 'http://localhost:8233'

interface CodecOptions extends Options {
  readonly origin: readonly string[]
  readonly port: string
}

/** Throws `CommandFailed` for what is no address of a page. */
function originOf(text: string): string {
  const { protocol, origin } = URL.parse(text) ?? { protocol: '', origin: '' }
  if (protocol === 'http:' || protocol === 'https:') return origin
  throw new CommandFailed(`${text} is no origin, such as ${DEV_PAGE}. Nothing was started.`, EXIT.invalid)
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new CommandFailed(`${text} is no port. Nothing was started.`, EXIT.invalid)
}

/** The keys that seal what Temporal is given. They are files of this machine: no server is asked. */
function addKeysCommands(temporal: Command, terminal: Terminal): void {
  const keys = temporal.command('keys').description('the keys that seal what Temporal is given')
  keys
    .command('list', { isDefault: true })
    .description('their ids; the first seals, all open')
    .action(async ({ json }: Options) => {
      const ids = (await loadPayloadKeys({ directory: keysDirOf(terminal) })).map(({ id }) => id)
      if (json === true) terminal.json({ sealsWith: ids[0], ids })
      else for (const [index, id] of ids.entries()) terminal.data(index === 0 ? `${id}  seals` : id)
    })
  keys
    .command('add')
    .description('make a new one, which opens and does not seal yet')
    .action(async ({ json }: Options) => {
      const id = await addPayloadKey(keysDirOf(terminal))
      if (json === true) terminal.json({ id })
      else terminal.data(id)
      terminal.say(
        `Give the file to every process of this ledger and start each again. Then: sijil temporal keys use ${id}`,
      )
    })
  keys
    .command('use <id>')
    .description('let one that every process has seal from now on')
    .action(async (id: string, { json }: Options) => {
      await sealWithPayloadKey(keysDirOf(terminal), id)
      if (json === true) terminal.json({ sealsWith: id })
      terminal.say(
        `${id} seals from each process's next start. Keep the older ones for as long as the cluster keeps histories of runs.`,
      )
    })
}

/** Throws `CommandFailed` when the keys are not in a file. */
function keysDirOf({ env }: Terminal): string {
  if (env['SIJIL_TEMPORAL_KEYS']?.trim())
    throw new CommandFailed(
      'The keys are in SIJIL_TEMPORAL_KEYS and not in a file. Nothing was changed: put a new `id:key` last there, and first once every process has it.',
      EXIT.invalid,
    )
  return placesIn(env).keysDir
}
