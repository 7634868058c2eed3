import { z } from 'zod'
import type { Environment } from '../connectors/settings-source.ts'

/** Where a collector takes something by OTLP over HTTP. */
export interface Collector {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What is told to a collector, by OpenTelemetry's own variables. Nothing, unless one of them says where it is. */
export interface TelemetrySettings {
  /** `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `/v1/traces` below `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly traces: Collector | undefined
  /** `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, or `/v1/metrics` below `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly metrics: Collector | undefined
  /** `OTEL_METRIC_EXPORT_INTERVAL`: how often metrics are sent, in milliseconds. Default 60 000. */
  readonly metricsEveryMs: number
}

type Kind = 'TRACES' | 'METRICS'

const METRICS_EVERY_MS = 60_000
const off: TelemetrySettings = { traces: undefined, metrics: undefined, metricsEveryMs: METRICS_EVERY_MS }
const webAddress = z.url({ protocol: /^https?$/, error: 'is not a web address' })
const interval = z.coerce
  .number('is not a number of milliseconds')
  .int('is not a number of milliseconds')
  .min(100, 'is less than 100 milliseconds')

/** Adds what cannot be used to `problems`; it names variables and shows no value. */
export function readTelemetrySettings(environment: Environment, problems: string[]): TelemetrySettings {
  if (environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return off
  const traces = readCollector('TRACES', environment, problems)
  const metrics = readCollector('METRICS', environment, problems)
  const every = environment['OTEL_METRIC_EXPORT_INTERVAL']?.trim()
  if (metrics === undefined || !every) return { ...off, traces, metrics }
  const parsed = interval.safeParse(every)
  if (!parsed.success) problems.push(`OTEL_METRIC_EXPORT_INTERVAL ${parsed.error.issues[0]?.message}`)
  return { traces, metrics, metricsEveryMs: parsed.data ?? METRICS_EVERY_MS }
}

/** What is said of this kind alone wins over what is said of both. */
function readCollector(kind: Kind, environment: Environment, problems: string[]): Collector | undefined {
  const of = (name: string): string | undefined => environment[name]?.trim() || undefined
  const named = (what: string): string =>
    of(`OTEL_EXPORTER_OTLP_${kind}_${what}`) === undefined
      ? `OTEL_EXPORTER_OTLP_${what}`
      : `OTEL_EXPORTER_OTLP_${kind}_${what}`
  const endpoint = named('ENDPOINT')
  const given = of(endpoint)
  if (given === undefined || of(`OTEL_${kind}_EXPORTER`) === 'none') return undefined
  const before = problems.length
  const add = (problem: string): void => {
    // Both kinds may have it from the same variable.
    if (!problems.includes(problem)) problems.push(problem)
  }
  const { success } = webAddress.safeParse(given)
  if (!success) add(`${endpoint} is not a web address`)
  if (of(named('PROTOCOL')) === 'grpc') add(`${named('PROTOCOL')} is grpc, and Sijil speaks OTLP over HTTP only`)
  const headers = headersOf(of(named('HEADERS')) ?? '')
  if (headers === undefined) add(`${named('HEADERS')} is not name=value with commas between`)
  if (!success || headers === undefined || problems.length > before) return undefined
  const isOwn = endpoint.includes(kind)
  return { url: isOwn ? given : `${given.replace(/\/+$/, '')}/v1/${kind.toLowerCase()}`, headers }
}

const HEADER = /^[\w!#$%&'*+.^`|~-]+$/

/** As a `baggage` header: values may be percent-encoded. */
function headersOf(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  const headers: [string, string][] = []
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(at, 0)).trim()
    const value = decoded(pair.slice(at + 1).trim())
    if (!HEADER.test(name) || value === undefined) return undefined
    headers.push([name, value])
  }
  return Object.fromEntries(headers)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
