/**
 * A Restate server of our own, from the binary that npm brings: its own directory, its own Unix sockets, no port. Nothing of it
 * stays after `stop`, or after the process that started it has ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RestateServer {
  /** Unix socket to which runs are sent. */
  readonly ingress: string
  /** Unix socket to which endpoints are registered. */
  readonly admin: string
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Everything not named here is the server's default; the README says what these change. */
const configuration = `
node-name = "bench"
listen-mode = "unix"
default-num-partitions = 1
disable-telemetry = true
log-filter = "error,octocrab=off"

[log-server]
rocksdb-disable-wal-fsync = false
`

export function startRestateServer(): RestateServer {
  const home = mkdtempSync(join(tmpdir(), 'sijil-restate-'))
  const file = join(home, 'restate.toml')
  writeFileSync(file, configuration)
  const server = spawn(binary(), ['--config-file', file, '--base-dir', home], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const endWithUs = (): void => {
    server.kill('SIGKILL')
    // It may write for a moment longer.
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  process.once('exit', endWithUs)
  return {
    ingress: join(home, 'bench/ingress.sock'),
    admin: join(home, 'bench/admin.sock'),
    async stop() {
      await end(server)
      process.off('exit', endWithUs)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The package's own `bin` is a script which starts this file in a process that we could not wait for. */
function binary(): string {
  const fromServer = createRequire(createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json'))
  return fromServer.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`)
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.kill('SIGTERM')
  await gone
}
