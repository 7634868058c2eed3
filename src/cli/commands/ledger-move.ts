import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { headsFileOf } from '../../composition/settings.ts'
import { LedgerRefused } from '../../ledger/database/ledger-refused.ts'
import { type DatabaseSettings, openDatabase } from '../../ledger/database/open-database.ts'
import { MOVER } from '../../ledger/move/hold-still.ts'
import { type MovedLedger, moveLedger, type MoveProgress } from '../../ledger/move/move-ledger.ts'
import { copyHeadsFile } from '../../ledger/tree/heads-file.ts'
import { verifyLedger } from '../../ledger/verify/verify-ledger.ts'
import { loadSigningKey } from '../../trust/signing-key.ts'
import { bar } from '../bar.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { type Places, placesIn } from '../places.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'

interface MoveOptions extends Options {
  readonly to: string
  readonly evenWithFindings?: boolean
}

export function addLedgerMoveCommand(db: Command, terminal: Terminal): void {
  db.command('move')
    .description('take the whole ledger to a Postgres or into a new directory, while no server runs')
    .requiredOption('--to <place>', 'postgres://…, or a directory; PGPASSWORD may hold the password')
    .option('--even-with-findings', 'also a ledger that is not what its own proofs say')
    .action(async ({ to, evenWithFindings, json }: MoveOptions) => {
      const places = placesIn(terminal.env)
      const route = { from: placeNow(places), to: placeOf(to), places }
      refuseTarget(route)
      const moved = await carryOut(route, evenWithFindings === true, terminal)
      const settings = settingsFor(route)
      const [from, target] = [route.from.name, route.to.name]
      if (json === true) terminal.json({ from, to: target, ...moved, settings })
      terminal.say(`${done(moved)} ${from} is a tombstone now. Serve the ledger where it is:`)
      terminal.say(
        `${Object.entries(settings)
          .map(([name, value]) => `${name}=${value}`)
          .join(' ')} sijil serve`,
      )
    })
}

/** Where a ledger is, or shall be. */
interface Place {
  /** As a person calls it, and as it is written into both ledgers: without a password. */
  readonly name: string
  readonly open: Pick<DatabaseSettings, 'url' | 'dataDir'>
}

interface Route {
  readonly from: Place
  readonly to: Place
  readonly places: Places
}

const placeNow = ({ databaseUrl, dataDir }: Places): Place =>
  databaseUrl === undefined ? embeddedIn(dataDir) : postgresAt(databaseUrl)

const embeddedIn = (directory: string): Place => ({ name: resolve(directory), open: { dataDir: resolve(directory) } })

function postgresAt(url: string): Place {
  const shown = new URL(url)
  shown.password = ''
  shown.searchParams.delete('password')
  return { name: shown.href, open: { url } }
}

function placeOf(to: string): Place {
  const scheme = /^(\w+):\/\//.exec(to)?.[1]
  if (scheme === undefined && to.trim() !== '') return embeddedIn(to)
  if (/^postgres(ql)?$/.test(scheme ?? '') && URL.canParse(to)) return postgresAt(to)
  throw new CommandFailed('--to is neither the address of a Postgres nor a directory. Nothing was moved.', EXIT.invalid)
}

/** What can be told without opening anything: else a wrong word would leave a database behind. */
function refuseTarget({ from, to, places }: Route): void {
  if (from.name === to.name)
    throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: to.name, what: 'this very ledger' })
  if (from.open.dataDir !== undefined && !existsSync(join(from.open.dataDir, 'pgdata')))
    throw new LedgerRefused('NO_LEDGER', { place: from.name })
  const { dataDir } = to.open
  if (dataDir === undefined || !existsSync(dataDir) || dataDir === resolve(places.dataDir)) return
  const names = readdirSync(dataDir)
  if (names.length > 0 && !names.includes('lock'))
    throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: to.name, what: 'other files' })
}

/** One statement may be about all rows, and one side waits while the other works. */
const PATIENCE_MS = 3_600_000

async function carryOut(
  { from, to, places }: Route,
  evenWithFindings: boolean,
  terminal: Terminal,
): Promise<MovedLedger> {
  const { verify } = await loadSigningKey(places.keysDir)
  const headsFile = headsFileOf(places)
  const headsThere = to.open.dataDir === undefined ? headsFile : headsFileOf({ dataDir: to.open.dataDir })
  await using opened = new AsyncDisposableStack()
  const open = async ({ name, open: which }: Place) => {
    const patience = { statementDeadlineMs: PATIENCE_MS, idleInTransactionMs: PATIENCE_MS }
    const database = await openDatabase({ ...which, ...patience, applicationName: MOVER })
    return { name, database: opened.adopt(database, (one) => one.close()) }
  }
  const moved = await moveLedger({
    source: await open(from),
    target: await open(to),
    takeAlong: async () => {
      if (await copyHeadsFile(headsFile, headsThere)) return
      throw new LedgerRefused('MOVE_TARGET_NOT_EMPTY', { place: headsThere, what: 'the heads of another ledger' })
    },
    check: (copy) =>
      verifyLedger({ database: copy, verify, ...(existsSync(headsThere) ? { headsFile: headsThere } : {}) }),
    evenWithFindings,
    onProgress: (progress) => terminal.progress(progressLine(progress)),
  })
  terminal.progress('')
  return moved
}

function progressLine({ doing, rows, of }: MoveProgress): string {
  if (rows === undefined) return doing === 'comparing' ? 'Comparing …' : 'Checking the copy …'
  return of === undefined ? `Reading … ${rows} rows` : `${bar(rows, of)} ${rows} of ${of} rows`
}

function done({ outcome, rows, tables }: MovedLedger): string {
  switch (outcome) {
    case 'moved':
      return `${rows} rows of ${tables} tables were moved, compared and checked.`
    case 'finished':
      return 'The move of before was finished: the copy was complete, and is open now.'
    case 'already there':
      return 'The ledger was moved there before; nothing was left to do.'
  }
}

/** What a server of the moved ledger is to be told. Keys stay where they are. */
function settingsFor({ to, places }: Route): Readonly<Record<string, string>> {
  const SIJIL_KEYS = resolve(places.keysDir)
  return to.open.dataDir === undefined
    ? { DATABASE_URL: to.name, SIJIL_DATA: resolve(places.dataDir), SIJIL_KEYS }
    : { SIJIL_DATA: to.open.dataDir, SIJIL_KEYS }
}
