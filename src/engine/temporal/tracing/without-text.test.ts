import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { withoutText } from './without-text.ts'

const PERSON = 'سارة المطيري'

function traced(record: (tracer: Tracer) => void) {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor(withoutText(exporter, () => assert.fail()))]
  record(new BasicTracerProvider({ spanProcessors }).getTracer('test'))
  return exporter.getFinishedSpans()
}

test('what was thrown leaves by its name, and nothing of what it says', () => {
  const [span] = traced((tracer) => {
    const thrown = tracer.startSpan('RunActivity:sendTerms')
    thrown.recordException(new RangeError(`${PERSON} has no address`))
    thrown.setStatus({ code: SpanStatusCode.ERROR, message: `${PERSON} has no address` })
    thrown.end()
  })
  assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR })
  assert.deepEqual([span?.attributes, span?.events], [{ 'error.type': 'RangeError' }, []])
})

test('an attribute that is not listed stays behind, and one that is leaves', () => {
  const [span] = traced((tracer) => {
    const attributes = { 'sijil.tenant': 'madar', temporalTerminateReason: PERSON, [PERSON]: 1 }
    tracer.startSpan('TerminateWorkflow', { attributes }).end()
  })
  assert.deepEqual(span?.attributes, { 'sijil.tenant': 'madar' })
  assert.equal(span?.status.code, SpanStatusCode.UNSET)
})

test('an activity that answered with the failure of its step is an error, though it is called well', () => {
  const [span] = traced((tracer) => {
    const failed = tracer.startSpan('RunActivity:welcome', { attributes: { 'error.type': 'REFUSED' } })
    failed.setStatus({ code: SpanStatusCode.OK })
    failed.end()
  })
  assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR })
})

test('a collector that takes nothing is told of when that begins, and keeps nobody waiting', () => {
  const refusal = new Error('503')
  const answers: readonly ExportResult[] = [
    { code: ExportResultCode.FAILED, error: refusal },
    { code: ExportResultCode.FAILED, error: refusal },
    { code: ExportResultCode.SUCCESS },
    { code: ExportResultCode.FAILED, error: refusal },
  ]
  const collector = answers.values()
  const exporter: SpanExporter = {
    export: (_spans, done) => done(collector.next().value ?? { code: ExportResultCode.SUCCESS }),
    async shutdown() {},
  }
  const troubles: unknown[] = []
  const results: ExportResult[] = []
  const lean = withoutText(exporter, (error) => troubles.push(error))
  for (const _ of answers) lean.export([], (result) => results.push(result))
  assert.deepEqual(troubles, [refusal, refusal])
  assert.deepEqual(results, answers)
})
