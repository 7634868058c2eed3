import { once } from 'node:events'
import type { Command } from 'commander'
import { readHolder } from '../../ledger/database/embedded/data-directory.ts'
import { readSettings, type SijilSettings } from '../../composition/settings.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

export function addServeCommand(sijil: Command, terminal: Terminal): void {
  sijil
    .command('serve')
    .description('run the engine, the API and the pages until SIGTERM or Ctrl-C')
    .option('--seed', 'add the sample organisation, where it is not there yet')
    .addHelpText('after', SETTINGS_HELP)
    .action(async (options: { readonly seed?: boolean; readonly json?: boolean }) => {
      const settings = readSettings(terminal.env)
      const served = await started(settings, options.seed === true)
      if (options.json === true) terminal.json({ url: served.url, pid: process.pid })
      terminal.say(`Sijil answers at ${served.url}`)
      await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
      terminal.say('Stopping: what is in flight is finished first.')
      await served.close()
    })
}

const SETTINGS_HELP = `
Settings, from the environment:
  DATABASE_URL       a Postgres; without it the embedded database
  SIJIL_DATA         what is kept on disk (.sijil)
  SIJIL_KEYS         keys, apart from the data (.sijil-keys)
  SIJIL_MASTER_KEY   32 bytes as base64, instead of a file
  SIJIL_HOST, SIJIL_PORT, SIJIL_PUBLIC_URL   (127.0.0.1, 4747, where it listens)
  SIJIL_METRICS      host:port where Prometheus finds the metrics of this process (nowhere)
  SIJIL_DURABILITY   travelling or each (travelling)
  SIJIL_ENGINE       where runs start: local, temporal, or temporal:<workflow>,… (local)
  SIJIL_TEMPORAL_ADDRESS     host:port of a Temporal cluster; what follows is of use with it only
  SIJIL_TEMPORAL_NAMESPACE, SIJIL_TEMPORAL_TASK_QUEUE   (default, sijil)
  SIJIL_TEMPORAL_API_KEY     for Temporal Cloud
  SIJIL_TEMPORAL_TLS         on or off (on with an API key or a certificate)
  SIJIL_TEMPORAL_TLS_CA, SIJIL_TEMPORAL_TLS_CERT, SIJIL_TEMPORAL_TLS_KEY   files (PEM)
  SIJIL_TEMPORAL_KEYS        what payloads are sealed with, instead of a file
  SIJIL_TEMPORAL_CACHED_RUNS how many runs a worker keeps in memory (500)
  SIJIL_TEMPORAL_METRICS     host:port where Prometheus finds the worker's metrics
  OTEL_EXPORTER_OTLP_ENDPOINT   a collector of traces and of the worker's metrics (none); see docs/traces.md
  SIJIL_TEMPORAL_CODEC       on: operators may read what Temporal keeps sealed (off); see sijil temporal codec
  SIJIL_ALLOW_PRIVATE_ADDRESSES     ranges such as 10.1.0.0/16 that connectors may connect to (none)
  SIJIL_WEBHOOK_PRIVATE_ADDRESSES   ranges such as 10.1.0.0/16 that outgoing webhooks may go to (none)
  SIJIL_WEBHOOK_KEEP_DAYS           how long outgoing webhooks stay in their log once they have ended (90)
  SIJIL_LOG          debug, info, warn, error, silent (info)
  SIJIL_CONNECTORS   a file with the accounts of single tenants (JSON)
  and those of each connector; a secret may stand in a file, named by its variable with _FILE after it`

async function started(settings: SijilSettings, seed: boolean) {
  const { openLog } = await import('../../composition/log.ts')
  const { serve } = await import('../../http/serve.ts')
  try {
    return await serve(settings, { log: openLog(settings), seed })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw portTaken(settings, error)
    throw error
  }
}

function portTaken({ host, port, dataDir }: SijilSettings, cause: Error): CommandFailed {
  const holder = readHolder(dataDir)
  const ours = holder?.address !== undefined && new URL(holder.address).port === String(port)
  return new CommandFailed(
    ours
      ? `Sijil is running already: process ${holder.pid}, at ${holder.address}. Nothing was started.`
      : `Port ${port} on ${host} is taken by another program. Nothing was started. Set SIJIL_PORT to a free one.`,
    EXIT.conflict,
    undefined,
    { cause },
  )
}
