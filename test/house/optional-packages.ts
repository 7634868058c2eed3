/**
 * Temporal's packages and OpenTelemetry's are optional: who has no cluster need not install the ones, and who has no collector the others.
 * So only the engine that needs them names them, which is read when a cluster is configured; and within it only what traces names
 * OpenTelemetry's, which is read when a collector is.
 */
import { posix } from 'node:path'
import { type Finding, finding } from './repository.ts'
import { importsOf, parse } from './syntax.ts'

const OPTIONAL = /^@(temporalio|opentelemetry)\//
const OF_TRACING = /^@(opentelemetry\/|temporalio\/interceptors-opentelemetry)/
const ENGINE = 'src/engine/temporal/'
/** The engine runs without it: it is given what traces, or this one module of it, which reads nothing. */
const TRACING = `${ENGINE}tracing/`
const NO_TRACING = `${TRACING}no-tracing.ts`
/** What is bundled for the sandbox; no process of ours reads it. */
const BUNDLED = 'src/composition/temporal-workflows.ts'

export function findPackagesReadTooEarly(path: string, text: string): readonly Finding[] {
  if (path.startsWith(TRACING) || path === BUNDLED) return []
  const isTooEarly = path.startsWith(ENGINE) ? isOfTracing : isOfTemporal
  return importsOf(parse(path, text))
    .filter((one) => !one.typeOnly && isTooEarly(path, one))
    .map(({ specifier, line }) =>
      finding(path, line, `${specifier} is read also where nobody has configured what it is for`),
    )
}

interface Import {
  readonly specifier: string
  readonly isDynamic: boolean
}

const isOfTemporal = (path: string, { specifier, isDynamic }: Import): boolean =>
  OPTIONAL.test(specifier) || (fileOf(path, specifier).startsWith(ENGINE) && !isDynamic)

function isOfTracing(path: string, { specifier }: Import): boolean {
  const file = fileOf(path, specifier)
  return OF_TRACING.test(specifier) || (file.startsWith(TRACING) && file !== NO_TRACING)
}

const fileOf = (path: string, specifier: string): string =>
  specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : ''
