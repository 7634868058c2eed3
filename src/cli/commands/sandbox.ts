import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { CommandFailed, EXIT } from '../exit.ts'
import { placesIn } from '../places.ts'
import type { Terminal } from '../terminal.ts'

/** Starts the vendors on this machine as a process of their own: nothing of them is ever part of Sijil's. */
export function addSandboxCommand(sijil: Command, terminal: Terminal): void {
  sijil
    .command('sandbox')
    .description(
      'the vendors of all connectors on this machine, until SIGTERM or Ctrl-C; prints the environment for Sijil',
    )
    .addHelpText('after', HELP)
    .action(async () => {
      const child = spawn(process.execPath, [sandboxIn(homeOf(import.meta.dirname))], {
        env: { SANDBOX_WEBHOOKS: placesIn(terminal.env).defaultUrl, ...terminal.env },
        stdio: 'inherit',
      })
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => child.kill(signal))
      await once(child, 'exit')
      // Null when a signal ended it.
      if ((child.exitCode ?? 0) !== 0)
        throw new CommandFailed('The sandbox ended by itself: see what it said.', EXIT.fault)
    })
}

const HELP = `
Settings, from the environment:
  SANDBOX_DATA        where it keeps its record and its credentials (.sijil/sandbox)
  SANDBOX_HTTP_PORT, SANDBOX_SMTP_PORT, SANDBOX_HOST   (4748, 4725, 127.0.0.1)
  SANDBOX_WEBHOOKS    where Sijil listens (where a server of these settings would)
  SANDBOX_TENANT      the tenant in the webhooks' addresses (demo)`

/** Of the clone, or of the package: `src/cli/commands` and `dist/cli/commands` lie equally deep. */
const homeOf = (commands: string): string => dirname(dirname(dirname(commands)))

/** Throws `CommandFailed` where it is not: the package that is installed has none. */
export function sandboxIn(home: string): string {
  const main = join(home, 'sandbox', 'main.ts')
  if (existsSync(main)) return main
  throw new CommandFailed(
    'The sandbox is not part of the installed package, only of a clone of the repository. Nothing was started. Clone it, then: npm ci && npx sijil sandbox',
    EXIT.notFound,
  )
}
