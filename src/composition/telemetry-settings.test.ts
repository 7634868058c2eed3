import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readTelemetrySettings } from './telemetry-settings.ts'

suite('the settings of telemetry', () => {
  const read = (environment: Readonly<Record<string, string>>) => {
    const problems: string[] = []
    return { ...readTelemetrySettings(environment, problems), problems }
  }
  const ENDPOINT = 'http://collector.example:4318'

  test('tell nobody anything unless a collector is named', () => {
    const off = { traces: undefined, metrics: undefined, metricsEveryMs: 60_000, problems: [] }
    assert.deepEqual(read({}), off)
    assert.deepEqual(read({ OTEL_SERVICE_NAME: 'sijil', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' }), off)
    assert.deepEqual(read({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: 'true' }), off)
  })

  test('send both kinds to one collector, each to its own place below it', () => {
    const { traces, metrics, problems } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/in/` })
    assert.deepEqual([traces?.url, metrics?.url], [`${ENDPOINT}/in/v1/traces`, `${ENDPOINT}/in/v1/metrics`])
    assert.deepEqual(problems, [])
  })

  test('take the address of one kind as it is, and send the other nowhere', () => {
    const { traces, metrics } = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${ENDPOINT}/spans` })
    assert.deepEqual([traces?.url, metrics], [`${ENDPOINT}/spans`, undefined])
  })

  test('leave out the kind that is not wanted', () => {
    const { traces, metrics } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })
    assert.deepEqual([traces, metrics?.url], [undefined, `${ENDPOINT}/v1/metrics`])
  })

  test('read headers as OpenTelemetry writes them, those of one kind before those of both', () => {
    const { traces, metrics } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi=,x-scope = growth',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-scope=metrics',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
    })
    assert.deepEqual(traces?.headers, { authorization: 'Basic YTpi=', 'x-scope': 'growth' })
    assert.deepEqual(metrics?.headers, { 'x-scope': 'metrics' })
  })

  test('tell every problem once, by the name of its variable, and no value', () => {
    const { traces, metrics, problems } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'secret:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'secret',
    })
    assert.deepEqual([traces, metrics], [undefined, undefined])
    assert.deepEqual(problems, [
      'OTEL_EXPORTER_OTLP_ENDPOINT is not a web address',
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and Sijil speaks OTLP over HTTP only',
      'OTEL_EXPORTER_OTLP_HEADERS is not name=value with commas between',
    ])
    const often = read({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: 'often' })
    assert.deepEqual(often.problems, ['OTEL_METRIC_EXPORT_INTERVAL is not a number of milliseconds'])
  })
})
