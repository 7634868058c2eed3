import type { Command } from 'commander'
import { addPayloadKey, loadPayloadKeys, sealWithPayloadKey } from '../../trust/payload-keys.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { placesIn } from '../places.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'

/** The keys that seal what Temporal is given. They are files of this machine: no server is asked. */
export function addTemporalCommands(sijil: Command, terminal: Terminal): void {
  const keys = sijil
    .command('temporal')
    .description('what concerns the Temporal cluster')
    .command('keys')
    .description('the keys that seal what Temporal is given')
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
