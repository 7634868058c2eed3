import { existsSync, mkdirSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { headsFileOf } from '../../composition/settings.ts'
import { verificationOf, type Verification } from '../../composition/verification.ts'
import { backUp, restore, type SnapshotSummary } from '../../ledger/backup.ts'
import type { Database } from '../../ledger/database/database.ts'
import { readHolder } from '../../ledger/database/embedded/data-directory.ts'
import { assertOpen } from '../../ledger/database/whereabouts.ts'
import { openDatabase } from '../../ledger/database/open-database.ts'
import { migrate } from '../../ledger/migrate.ts'
import { loadSigningKey } from '../../trust/signing-key.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { placesIn } from '../places.ts'
import { connect } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { addLedgerMoveCommand } from './ledger-move.ts'
import { AS, type Options } from './options.ts'

export function addDatabaseCommands(sijil: Command, terminal: Terminal): void {
  const db = sijil.command('db').description('the ledger itself')
  db.command('migrate')
    .description('bring the schema up to date (serve does it too)')
    .action(({ json }: Options) =>
      withDatabase(terminal, async (database) => {
        const applied = (await migrate(database)).map(({ number, name }) => ({ number, name }))
        if (json === true) terminal.json({ applied })
        terminal.say(
          applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.map(({ name }) => name).join(', ')}`,
        )
      }),
    )
  db.command('verify')
    .description('check the ledger against its own proofs; asks the server when one holds the data')
    .option(...AS)
    .action(async (options: Options) => {
      const verification = isHeld(terminal)
        ? await connect(terminal.env, options).post<Verification>('/ledger/verify')
        : await verifyHere(terminal)
      tellFindings(verification, options, terminal)
    })
  db.command('snapshot [file]')
    .description('copy the whole ledger into one file; keys are not in it')
    .option(...AS)
    .action(async (file: string | undefined, options: Options) => {
      const taken = isHeld(terminal) ? await snapshotThere(terminal, file, options) : await snapshotHere(terminal, file)
      if (options.json === true) terminal.json(taken)
      else terminal.data(taken.file)
      terminal.say(`${taken.rows} rows. Keep it apart from the keys; load it with: sijil db restore <file>`)
    })
  db.command('restore <file>')
    .description('load a snapshot into an empty ledger, while no server runs')
    .action((file: string, { json }: Options) =>
      withDatabase(terminal, async (database) => {
        const summary = await restore(database, file, (rows) => terminal.progress(`${rows} rows`))
        terminal.progress('')
        if (json === true) terminal.json(summary)
        terminal.say(
          `${summary.rows} rows. Runs from before ask whether an outside effect happened before they make one. Check with: sijil db verify`,
        )
      }),
    )
  addLedgerMoveCommand(db, terminal)
}

/** Whether a server has the embedded database; a Postgres takes any number of clients. */
function isHeld({ env }: Terminal): boolean {
  const { databaseUrl, dataDir, url } = placesIn(env)
  return url !== undefined || (databaseUrl === undefined && readHolder(dataDir) !== undefined)
}

async function withDatabase<Result>({ env }: Terminal, work: (database: Database) => Promise<Result>): Promise<Result> {
  const { databaseUrl, dataDir } = placesIn(env)
  const database = await openDatabase(databaseUrl === undefined ? { dataDir } : { url: databaseUrl })
  try {
    // Whoever checks or copies a tombstone, day after day, would believe it to be the ledger.
    await database.transaction({ role: 'owner' }, assertOpen)
    return await work(database)
  } finally {
    await database.close()
  }
}

async function verifyHere(terminal: Terminal): Promise<Verification> {
  const places = placesIn(terminal.env)
  const { verify } = await loadSigningKey(places.keysDir)
  const headsFile = headsFileOf(places)
  if (!existsSync(headsFile))
    terminal.say(`There is no ${headsFile}: the trees are checked against their own heads only.`)
  terminal.progress('Checking …')
  const verification = await withDatabase(terminal, (database) =>
    verificationOf({ database, verify, ...(existsSync(headsFile) ? { headsFile } : {}) }),
  )
  terminal.progress('')
  return verification
}

function tellFindings({ findings, checks }: Verification, { json }: Options, terminal: Terminal): void {
  if (json === true) terminal.json({ findings, checks })
  else for (const { code, tenant, message } of findings) terminal.data(`${code}  ${tenant}  ${message}`)
  if (findings.length > 0) throw new CommandFailed(`${findings.length} findings.`, EXIT.findings)
  terminal.say(`Nothing is wrong: ${checks} kinds of checks, and the audit trees with their signed heads.`)
}

interface Taken extends SnapshotSummary {
  readonly file: string
}

/** The server writes beside its data; it is on this machine when its data directory is. */
async function snapshotThere(terminal: Terminal, file: string | undefined, options: Options): Promise<Taken> {
  const taken = await connect(terminal.env, options).post<Taken>('/ledger/snapshot')
  if (file === undefined) return taken
  await copyFile(taken.file, file)
  return { ...taken, file: resolve(file) }
}

async function snapshotHere(terminal: Terminal, wanted: string | undefined): Promise<Taken> {
  const file = resolve(
    wanted ??
      join(placesIn(terminal.env).dataDir, 'snapshots', `${new Date().toISOString().replaceAll(':', '-')}.snapshot`),
  )
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const summary = await withDatabase(terminal, (database) =>
    backUp(database, file, (rows) => terminal.progress(`${rows} rows`)),
  )
  terminal.progress('')
  return { ...summary, file }
}
