/** Temporal's native part: one for each process, installed before its first connection. */
import { type Logger, type LogLevel, type MetricsExporterConfig, Runtime } from '@temporalio/worker'

export interface RuntimeSettings {
  /** Told what Temporal's SDK has to say. Names and counts only: payloads are sealed by then. */
  readonly tell: (level: 'debug' | 'info' | 'warn' | 'error', message: string, facts: unknown) => void
  readonly metrics: WorkerMetrics | undefined
}

/** Where the worker's metrics go: the native part knows one place. */
export type WorkerMetrics =
  /** `host:port` on which they are shown to Prometheus. */
  | { readonly kind: 'prometheus'; readonly address: string }
  /** Posted to a collector by OTLP over HTTP. */
  | {
      readonly kind: 'otlp'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly everyMs: number
    }

let isInstalled = false

/** The first in a process decides; a second one finds it done. Throws when the address of the metrics is taken. */
export function installRuntime({ tell, metrics }: RuntimeSettings): void {
  if (isInstalled) return
  Runtime.install({
    logger: loggerOf(tell),
    // Whoever started this process ends its engines in their order; the SDK would end its workers by itself.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      ...(metrics === undefined ? {} : { metrics: exporterOf(metrics) }),
    },
  })
  isInstalled = true
}

function exporterOf(metrics: WorkerMetrics): MetricsExporterConfig {
  if (metrics.kind === 'prometheus') return { prometheus: { bindAddress: metrics.address } }
  const { url, headers, everyMs } = metrics
  return { otel: { url, http: true, headers: { ...headers }, metricsExportInterval: everyMs } }
}

let holders = 0

/**
 * Keeps the native part until what is answered is called. It lets itself go with its last connection; one that never had any, because
 * the cluster was down all the time, would keep the process from ending.
 */
export function holdRuntime(): () => Promise<void> {
  holders += 1
  return async () => {
    holders -= 1
    if (holders === 0) await Runtime._instance?.shutdown()
  }
}

const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const

function loggerOf(tell: RuntimeSettings['tell']): Logger {
  const log = (level: LogLevel, message: string, facts?: unknown): void => tell(levels[level], message, facts)
  return {
    log,
    trace: (message, facts) => log('TRACE', message, facts),
    debug: (message, facts) => log('DEBUG', message, facts),
    info: (message, facts) => log('INFO', message, facts),
    warn: (message, facts) => log('WARN', message, facts),
    error: (message, facts) => log('ERROR', message, facts),
  }
}
