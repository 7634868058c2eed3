import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { startPostgres } from '../../test/support/postgres.ts'
import { searchAttributes } from '../../src/engine/temporal/sandbox/search-attributes.ts'
import { fullServer, hasFullServer } from './find-tool.ts'
import { freeLowPorts } from './free-low-ports.ts'
import { databases, dynamicConfig, fullServerConfig, PORTS, POSTGRES_PLUGIN } from './full-server-config.ts'
import { SEARCHED_BY } from './searched-by.ts'
import { untilReady } from './until-ready.ts'

export interface FullServer {
  readonly address: string
  readonly child: ChildProcess
  /** Ends it and its Postgres, and removes its files. */
  stop(): Promise<void>
}

export interface FullServerSettings {
  /** Of its Postgres, beside those of `startPostgres`. */
  readonly postgresSettings?: Readonly<Record<string, string>>
}

/**
 * Temporal's full server on a Postgres of its own: all four services in one process, on free ports of the loopback; its namespace
 * `default` knows what runs are searched by. Its state is on disk for as long as it runs. Takes some six seconds. Throws when it is
 * not built, or does not come up.
 */
export async function startFullServer({ postgresSettings = {} }: FullServerSettings = {}): Promise<FullServer> {
  if (!hasFullServer())
    throw new Error("Temporal's full server is not built. Build it with `npm run temporal:install -- --full`.")
  await using opened = new AsyncDisposableStack()
  const home = mkdtempSync(join(tmpdir(), 'sijil-temporal-full-'))
  opened.defer(() => rmSync(home, { recursive: true, force: true }))
  const postgres = opened.adopt(await startPostgres(postgresSettings), (one) => one.stop())
  const socketDirectory = new URL(postgres.url).searchParams.get('host') ?? ''
  layOut(socketDirectory)
  const ports = await freeLowPorts(PORTS)
  writeConfig(home, socketDirectory, ports)
  const child = opened.adopt(spawnServer(home), end)
  const address = `127.0.0.1:${ports[0]}`
  try {
    await untilReady(address, child, isFurnished())
  } catch (cause) {
    throw new Error(`Temporal's full server did not start:\n${logOf(home).slice(-2_000)}`, { cause })
  }
  const all = opened.move()
  return { address, child, stop: () => all.disposeAsync() }
}

/** Both databases, at the newest layout that the tool brings. */
function layOut(socketDirectory: string): void {
  const reached = ['--plugin', POSTGRES_PLUGIN, '--endpoint', 'localhost', '--port', '5432', '--user', 'postgres']
  for (const [database, { layout }] of Object.entries(databases)) {
    const tool = (...words: readonly string[]): unknown =>
      execFileSync(
        fullServer.sqlTool,
        [...reached, '--connect-attributes', `host=${socketDirectory}`, '--database', database, ...words],
        { stdio: 'pipe' },
      )
    tool('create-database', '--defaultdb', 'postgres')
    tool('setup-schema', '--version', '0.0')
    tool('update-schema', '--schema-name', layout)
  }
}

const logFile = (home: string): string => join(home, 'server.log')
const logOf = (home: string): string => readFileSync(logFile(home), 'utf8')

function writeConfig(home: string, socketDirectory: string, ports: readonly number[]): void {
  mkdirSync(join(home, 'config'))
  const dynamicFile = join(home, 'dynamic.yaml')
  const config = fullServerConfig({ socketDirectory, ports, dynamicFile })
  writeFileSync(join(home, 'config/development.yaml'), JSON.stringify(config))
  writeFileSync(dynamicFile, JSON.stringify(dynamicConfig))
}

/** Ends with the process that started it. */
function spawnServer(home: string): ChildProcess {
  const log = openSync(logFile(home), 'a')
  const child = spawn(fullServer.server, ['--root', home, '--allow-no-auth', 'start'], { stdio: ['ignore', log, log] })
  closeSync(log)
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.off('exit', endWithUs))
  return child
}

/** Nothing that it has acknowledged is lost, and it says nothing of neighbours that leave before it does. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** gRPC's code. */
const ALREADY_EXISTS = 6
/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's interface. */
const KEYWORD = 2

/** Adds what is missing, and fails until a run that names it is taken: what was added is known to all services after a while only. */
function isFurnished(): (connection: Connection) => Promise<void> {
  const namespace = 'default'
  return async (connection) => {
    const { operatorService, workflowService } = connection
    await unlessThere(() =>
      workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') }),
    )
    const wanted = Object.fromEntries(SEARCHED_BY.map((name) => [name, KEYWORD]))
    await unlessThere(() => operatorService.addSearchAttributes({ namespace, searchAttributes: wanted }))
    const { workflow } = new Client({ connection, namespace })
    const probe = await workflow.start('probe', {
      workflowId: 'probe',
      taskQueue: 'probe',
      typedSearchAttributes: Object.values(searchAttributes).map((key) => ({ key, value: 'probe' })),
    })
    await probe.terminate()
  }
}

async function unlessThere(add: () => Promise<unknown>): Promise<void> {
  try {
    await add()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS)) throw error
  }
}
