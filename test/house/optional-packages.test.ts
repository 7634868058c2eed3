import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPackagesReadTooEarly } from './optional-packages.ts'
import { filesOf, isTest, isTypeScript, read } from './repository.ts'

const sources = filesOf().filter((path) => path.startsWith('src/') && isTypeScript(path) && !isTest(path))

test("nothing reads Temporal's packages until a cluster is configured, nor OpenTelemetry's until a collector is", () => {
  assert.deepEqual(
    sources.flatMap((path) => findPackagesReadTooEarly(path, read(path))),
    [],
  )
})

const wrong: readonly (readonly [path: string, text: string])[] = [
  ['src/composition/open.ts', "import { Client } from '@temporalio/client'"],
  ['src/composition/open.ts', "import { trace } from '@opentelemetry/api'"],
  ['src/composition/open.ts', "const { Client } = await import('@temporalio/client')"],
  ['src/composition/open.ts', "import { startTemporalEngine } from '../engine/temporal/temporal-engine.ts'"],
  ['src/cli/move.ts', "export { payloadCodec } from '../engine/temporal/payload-codec.ts'"],
  ['src/engine/run/attempt.ts', "import '../temporal/wire.ts'"],
  ['src/engine/temporal/cluster.ts', "import { trace } from '@opentelemetry/api'"],
  ['src/engine/temporal/temporal-engine.ts', "import { openTracing } from './tracing/open-tracing.ts'"],
]
for (const [path, text] of wrong)
  test(`refuses in ${path}: ${text}`, () => assert.equal(findPackagesReadTooEarly(path, text).length, 1))

const right: readonly (readonly [path: string, text: string])[] = [
  ['src/composition/open.ts', "import type { TemporalEngine } from '../engine/temporal/temporal-engine.ts'"],
  ['src/composition/open.ts', "const engine = await import('../engine/temporal/temporal-engine.ts')"],
  ['src/composition/temporal-workflows.ts', "import { runWorkflow } from '../engine/temporal/sandbox/run-workflow.ts'"],
  ['src/engine/temporal/cluster.ts', "import { Client } from '@temporalio/client'"],
  ['src/engine/temporal/temporal-engine.ts', "import { noTracing } from './tracing/no-tracing.ts'"],
  ['src/engine/temporal/tracing/open-tracing.ts', "import { context } from '@opentelemetry/api'"],
]
for (const [path, text] of right)
  test(`allows in ${path}: ${text}`, () => assert.deepEqual(findPackagesReadTooEarly(path, text), []))
