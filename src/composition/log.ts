import { type DestinationStream, type Logger, pino } from 'pino'
import type { SijilSettings } from './settings.ts'

export type Log = Logger

/**
 * Lines of JSON on standard error, so that data on standard output stays data. A line names what happened, by ids and
 * codes: no payload, no secret, no personal value.
 */
export const openLog = (
  { logLevel }: Pick<SijilSettings, 'logLevel'>,
  destination: DestinationStream = process.stderr,
): Log =>
  pino(
    { level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: describe } },
    destination,
  )

/** An error as the log shows it. Of a database's own error only what names no value: its details may quote a row. */
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const ofPostgres = 'severity' in error
  const frames = stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return {
    name,
    ...(code === undefined ? {} : { code }),
    ...(ofPostgres ? {} : { message: error.message }),
    frames: frames.map((line) => line.trim()),
    ...(cause === undefined ? {} : { cause: describe(cause) }),
  }
}
