import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isValidSpanId, isValidTraceId, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { newRunId } from '../../../ledger/ids.ts'
import { ChosenIds, contextBeneath, contextOf, idsOfRun, idsOfStay, runOf } from './run-trace.ts'

test('the spans of a run have the same ids wherever they are made', () => {
  const run = { tenant: 'madar', run: '01a20585-40e0-703b-a174-a24c6860f956' }
  assert.deepEqual(idsOfRun(run), { traceId: '01a2058540e0703ba174a24c6860f956', spanId: '8d717c5d071ce882' })
  assert.deepEqual(idsOfStay({ ...run, epoch: 2 }).traceId, idsOfRun(run).traceId)
  const spans = [idsOfRun(run), idsOfStay({ ...run, epoch: 1 }), idsOfStay({ ...run, epoch: 2 })]
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 3, 'each stay has a span of its own')
})

test('the id of every run is one that a trace may have', () => {
  const ids = idsOfRun({ tenant: 'madar', run: newRunId() })
  assert.ok(isValidTraceId(ids.traceId))
  assert.ok(isValidSpanId(ids.spanId))
})

test('only the span that was to have them is given chosen ids', () => {
  const idGenerator = new ChosenIds()
  const tracer = new BasicTracerProvider({ idGenerator }).getTracer('test')
  const run = { tenant: 'madar', run: newRunId() }
  const ids = idsOfRun(run)
  const root = idGenerator.choose(ids, () => tracer.startSpan('root', {}, contextOf(run))).spanContext()
  assert.deepEqual([root.traceId, root.spanId], [ids.traceId, ids.spanId])
  const beneath = tracer.startSpan('beneath', {}, contextBeneath(run, ids)).spanContext()
  assert.equal(beneath.traceId, ids.traceId)
  assert.notEqual(beneath.spanId, ids.spanId)
})

test('whoever is beneath a span of a run knows whose it is', () => {
  const run = { tenant: 'madar', run: newRunId() }
  const context = contextBeneath(run, idsOfRun(run))
  assert.deepEqual(runOf(context), run)
  assert.equal(trace.getSpanContext(context)?.isRemote, true)
})
