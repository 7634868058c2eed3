import { Command, CommanderError, Option } from 'commander'
import { UnusableSettings } from '../composition/settings.ts'
import { TemporalNotInstalled } from '../composition/temporal-not-installed.ts'
import { TracingNotInstalled } from '../composition/tracing-not-installed.ts'
import { version } from '../composition/version.ts'
import { DatabaseError } from '../ledger/database/database-error.ts'
import { type LedgerRefusalCode, LedgerRefused } from '../ledger/database/ledger-refused.ts'
import { SchemaRefused } from '../ledger/migrate.ts'
import { KeyError } from '../trust/key-file.ts'
import type { Language } from '../http/pages/language.ts'
import { addConnectorCommands } from './commands/connectors.ts'
import { addDatabaseCommands } from './commands/database.ts'
import { addEffectCommands } from './commands/effects.ts'
import { addPartnerCommands } from './commands/partners.ts'
import { addHealthCommand } from './commands/health.ts'
import { addInventoryCommand } from './commands/inventory.ts'
import { addMailCommands } from './commands/mail.ts'
import { addRunCommands } from './commands/runs.ts'
import { addSandboxCommand } from './commands/sandbox.ts'
import { addServeCommand } from './commands/serve.ts'
import { addTaskCommands } from './commands/tasks.ts'
import { addTemporalCommands } from './commands/temporal.ts'
import { addWebhookCommands } from './commands/webhooks.ts'
import { CommandFailed, EXIT, EXIT_HELP } from './exit.ts'
import { type Surroundings, Terminal } from './terminal.ts'

/** Carries out one command and answers what the process shall end with. */
export async function runCommandLine(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const terminal = new Terminal(surroundings)
  try {
    await grammar(terminal).parseAsync([...words], { from: 'user' })
    return EXIT.done
  } catch (error) {
    return failure(error, terminal, {
      json: words.includes('--json'),
      language: languageIn(words, terminal.language),
    })
  }
}

/** Noun, then verb. Every command takes `--json`. */
function grammar(terminal: Terminal): Command {
  const sijil = new Command('sijil')
    .description('Runs business workflows that wait for people, undo in order and prove it.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.data(text), writeErr: (text) => terminal.say(text.trimEnd()) })
    .showHelpAfterError('(sijil --help shows all commands)')
    .addHelpText('after', EXIT_HELP)
  addServeCommand(sijil, terminal)
  addInventoryCommand(sijil, terminal)
  addRunCommands(sijil, terminal)
  addTaskCommands(sijil, terminal)
  addHealthCommand(sijil, terminal)
  addTemporalCommands(sijil, terminal)
  addEffectCommands(sijil, terminal)
  addWebhookCommands(sijil, terminal)
  addPartnerCommands(sijil, terminal)
  addConnectorCommands(sijil, terminal)
  addMailCommands(sijil, terminal)
  addSandboxCommand(sijil, terminal)
  addDatabaseCommands(sijil, terminal)
  for (const command of leavesOf(sijil))
    command
      .option('--json', 'print JSON')
      .addOption(new Option('--lang <language>', 'language of words').choices(['en', 'ar']).default(terminal.language))
  return sijil
}

const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)

/** What the process was given cannot be used as it is. */
const isUnusable = (error: unknown): error is Error =>
  error instanceof UnusableSettings ||
  error instanceof TemporalNotInstalled ||
  error instanceof TracingNotInstalled ||
  error instanceof KeyError ||
  error instanceof SchemaRefused

const exitOfLedger: Readonly<Record<LedgerRefusalCode, number>> = {
  LEDGER_MOVED: EXIT.conflict,
  LEDGER_ARRIVING: EXIT.conflict,
  LEDGER_IN_USE: EXIT.conflict,
  NO_LEDGER: EXIT.notFound,
  MOVE_TARGET_NOT_EMPTY: EXIT.conflict,
  MOVE_TARGET_TAKEN: EXIT.conflict,
  MOVE_COPY_DIFFERS: EXIT.findings,
  MOVE_FOUND_WRONG: EXIT.findings,
}

/** How the words of the command line ask to be answered. */
interface Answering {
  readonly json: boolean
  readonly language: Language
}

/** Commander has not got so far where it failed. */
function languageIn(words: readonly string[], otherwise: Language): Language {
  const asked = words
    .findLast((word, at) => words[at - 1] === '--lang' || word.startsWith('--lang='))
    ?.replace('--lang=', '')
  return asked === 'ar' || asked === 'en' ? asked : otherwise
}

/** A mistake gets a sentence, a fault of ours its stack. */
function failure(error: unknown, terminal: Terminal, { json, language }: Answering): number {
  // The words of the mistake, or the help that was asked for, are printed already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.invalid
  if (error instanceof CommandFailed) {
    if (json && error.answer !== undefined) terminal.json(error.answer)
    terminal.say(error.message)
    return error.exitCode
  }
  if (isUnusable(error)) {
    terminal.say(error.message)
    return EXIT.invalid
  }
  if (error instanceof LedgerRefused) {
    if (json) terminal.json({ error: { code: error.code, message: error.words } })
    terminal.say(`${error.words[language]} (${error.code})`)
    return exitOfLedger[error.code]
  }
  if (error instanceof DatabaseError) {
    terminal.say(error.message)
    return error.code === 'DATA_DIRECTORY_IN_USE' ? EXIT.conflict : EXIT.invalid
  }
  terminal.say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT.fault
}
