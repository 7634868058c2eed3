import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { startDevServer } from '../../scripts/temporal/dev-server.ts'

/** A Temporal server beside the bench. */
export interface BenchServer {
  readonly address: string
  readonly client: Client
  /** What its process holds in memory now. */
  rssBytes(): number
}

/** The development server with its state in a new file; gone with `opened`. */
export async function openServer(opened: AsyncDisposableStack): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sijil-bench-temporal-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const { address, child } = await startDevServer({ file: join(folder, 'server.db') })
  opened.defer(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const connection = opened.adopt(await Connection.connect({ address }), (one) => one.close())
  return { address, client: new Client({ connection }), rssBytes: () => rssOf(child.pid) }
}

/** `ps` counts in kilobytes. */
function rssOf(pid: number | undefined): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024
}
