/**
 * Temporal's packages and OpenTelemetry's are optional: who has no cluster need not install them, and a process without one must not read them. So only
 * the engine that needs them names them, and that engine is read when a cluster is configured.
 */
import { posix } from 'node:path'
import { type Finding, finding } from './repository.ts'
import { importsOf, parse } from './syntax.ts'

const OPTIONAL = /^@(temporalio|opentelemetry)\//
const ENGINE = 'src/engine/temporal/'
/** What is bundled for the sandbox; no process of ours reads it. */
const BUNDLED = 'src/composition/temporal-workflows.ts'

export function findPackagesReadTooEarly(path: string, text: string): readonly Finding[] {
  if (path.startsWith(ENGINE) || path === BUNDLED) return []
  return importsOf(parse(path, text))
    .filter(({ typeOnly }) => !typeOnly)
    .flatMap(({ specifier, line, isDynamic }) => {
      if (OPTIONAL.test(specifier)) return [finding(path, line, `only ${ENGINE} may name ${specifier}`)]
      const reads = specifier.startsWith('.') && posix.join(posix.dirname(path), specifier).startsWith(ENGINE)
      return reads && !isDynamic
        ? [finding(path, line, `${specifier} is read also where no cluster is configured`)]
        : []
    })
}
