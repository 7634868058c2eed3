/** Temporal's native part: one for each process, installed before its first connection. */
import { type Logger, type LogLevel, Runtime } from '@temporalio/worker'

export interface RuntimeSettings {
  /** Told what Temporal's SDK has to say. Names and counts only: payloads are sealed by then. */
  readonly tell: (level: 'debug' | 'info' | 'warn' | 'error', message: string, facts: unknown) => void
  /** `host:port` on which the worker's metrics are shown to Prometheus. */
  readonly metricsAddress: string | undefined
}

let isInstalled = false

/** The first in a process decides; a second one finds it done. Throws when the address of the metrics is taken. */
export function installRuntime({ tell, metricsAddress }: RuntimeSettings): void {
  if (isInstalled) return
  Runtime.install({
    logger: loggerOf(tell),
    // Whoever started this process ends its engines in their order; the SDK would end its workers by itself.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  })
  isInstalled = true
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
