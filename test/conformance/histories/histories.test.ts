/**
 * Runs that are out there go on with the code that is here: each history that was recorded is replayed with it. What a worker does for
 * Temporal, and in which order, may only change together with a way for those that began before.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { bundleFlows } from '../../../src/engine/temporal/bundle.ts'
import { payloadCodec } from '../../../src/engine/temporal/payload-codec.ts'
import { noTracing } from '../../../src/engine/temporal/tracing/no-tracing.ts'
import { type History, historyOf } from './history-text.ts'
import { fileOf, key, recordings } from './recordings.ts'

const BYTES_MAX = 160_000

describe('Histories that were recorded', () => {
  let bundle: WorkflowBundleOption
  before(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } })
    bundle = await bundleFlows(fileURLToPath(new URL('sandbox.ts', import.meta.url)))
  })
  const replay = (history: History): Promise<void> =>
    Worker.runReplayHistory(
      { workflowBundle: bundle, dataConverter: { payloadCodecs: [payloadCodec([key])] }, sinks: noTracing.sinks },
      history,
    )

  for (const recording of recordings)
    test(`${recording.name} is replayed`, async () => {
      await replay(historyOf(readFileSync(fileOf(recording), 'utf8')))
    })

  test('one that this code would not have made is refused', async () => {
    const [completed] = recordings
    assert.ok(completed)
    const text = readFileSync(fileOf(completed), 'utf8')
    assert.ok(text.includes('"sendTerms"'))
    await assert.rejects(replay(historyOf(text.replaceAll('"sendTerms"', '"sendOther"'))), {
      name: 'DeterminismViolationError',
    })
  })
})

test('every history is small, and of a run that is listed; `npm run temporal:record` writes those that are missing', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.json'))
  assert.deepEqual(files.toSorted(), recordings.map((one) => basename(fileURLToPath(fileOf(one)))).toSorted())
  for (const recording of recordings) assert.ok(readFileSync(fileOf(recording)).length < BYTES_MAX, recording.name)
})
