import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { startFullServer } from '../../scripts/temporal/full-server.ts'
import type { TemporalServer } from '../scenarios/scenario.ts'
import { postgresSettings } from '../world/postgres-settings.ts'

/** A Temporal server beside the bench. */
export interface BenchServer {
  readonly address: string
  readonly client: Client
  /** What its process holds in memory now; a Postgres under it is not counted. */
  rssBytes(): number
}

/** With its state in a new place on disk; gone with `opened`. */
export async function openServer(server: TemporalServer, opened: AsyncDisposableStack): Promise<BenchServer> {
  const { address, child } = await starters[server](opened)
  const connection = opened.adopt(await Connection.connect({ address }), (one) => one.close())
  return { address, client: new Client({ connection }), rssBytes: () => rssOf(child.pid) }
}

const starters: Record<TemporalServer, (opened: AsyncDisposableStack) => Promise<DevServer>> = {
  development: startDevelopment,
  full: async (opened) => opened.adopt(await startFullServer({ postgresSettings }), (one) => one.stop()),
}

async function startDevelopment(opened: AsyncDisposableStack): Promise<DevServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sijil-bench-temporal-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const server = await startDevServer({ file: join(folder, 'server.db') })
  opened.defer(async () => {
    const ended = once(server.child, 'exit')
    server.child.kill('SIGKILL')
    await ended
  })
  return server
}

/** `ps` counts in kilobytes. */
function rssOf(pid: number | undefined): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024
}
