/** What a collector hears of partnerships on Temporal: whose spans they are, beneath which others, and nothing that anybody wrote. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { end, until } from '../../scripts/start/process-output.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts'
import { Deal } from './deal.ts'

const UNSET = 0
const OK = 1
const ERROR = 2
const WHY = 'الحصة السوقية لا تكفي'

suite('a collector that hears of partnerships on Temporal', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-traces-'))
  const file = join(folder, 'server.db')
  let receiver: OtlpReceiver
  let server: DevServer
  let deal: Deal
  before(async () => {
    receiver = await OtlpReceiver.open()
    server = await startDevServer({ file })
    deal = await Deal.open({
      SIJIL_ENGINE: 'temporal:partner-approval',
      SIJIL_TEMPORAL_ADDRESS: server.address,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    })
  })
  after(async () => {
    await deal.close()
    await end(server.child, 'SIGKILL')
    await receiver[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A run's trace is called as the run. */
  const traceOf = (run: string): string => run.replaceAll('-', '')
  const spansOf = (run: string): readonly ReceivedSpan[] =>
    receiver.spans.filter(({ traceId }) => traceId === traceOf(run))
  const named = (run: string, name: string): ReceivedSpan => {
    const span = spansOf(run).find((one) => one.name === name)
    assert.ok(
      span,
      `${name} is not among ${spansOf(run)
        .map((one) => one.name)
        .join(', ')}`,
    )
    return span
  }

  test('has every step of a run beneath its stay on Temporal, and that beneath its start', async () => {
    await deal.fault({ vendor: 'whatsapp', kind: 'refuse', times: '1' })
    const run = await deal.people.startSample('first')
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.sign()
    await deal.standing(run, 'completed')

    const stay = await receiver.span(traceOf(run), 'RunWorkflow:partner-approval')
    const start = named(run, 'StartRun:partner-approval')
    assert.equal(start.parentSpanId, undefined)
    assert.equal(stay.parentSpanId, start.spanId)
    assert.deepEqual(stay.attributes, {
      'sijil.tenant': 'madar',
      'sijil.run': run,
      'sijil.workflow': 'partner-approval',
      'sijil.workflow.version': 1,
      'sijil.outcome': 'completed',
    })
    const told = named(run, 'StartWorkflow:sijilRun')
    assert.deepEqual([told.parentSpanId, told.status.code], [start.spanId, OK])
    assert.equal(told.attributes['temporalWorkflowId'], `${run}.1`)

    for (const step of [
      'openRecord',
      'scoreFit',
      'draftTerms',
      'sendTerms',
      'sendEnvelope',
      'grantPortalAccess',
      'welcome',
    ]) {
      const span = named(run, `RunActivity:${step}`)
      assert.deepEqual([span.parentSpanId, span.status.code], [stay.spanId, OK], step)
      const { 'sijil.tenant': tenant, 'sijil.run': of, 'sijil.step': called, temporalWorkflowId } = span.attributes
      assert.deepEqual([tenant, of, called, temporalWorkflowId], ['madar', run, step, `${run}.1`])
      assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(stay.startTimeUnixNano), `${step} begins within the stay`)
    }
    assert.ok(spansOf(run).every(({ attributes }) => attributes['sijil.run'] === run))
    assert.deepEqual(
      new Set(spansOf(run).map(({ parentSpanId }) => parentSpanId)),
      new Set([undefined, start.spanId, stay.spanId]),
    )
  })

  test('has a step that failed as an error, by its code', async () => {
    const failed = receiver.spans.find(({ name }) => name === 'RunActivity:noticeByWhatsApp')
    assert.deepEqual([failed?.status, failed?.events], [{ code: ERROR }, []])
    assert.match(String(failed?.attributes['error.type']), /^[A-Z_]+$/)
  })

  test('has a run as one trace that one process accepted and another told to the cluster', async () => {
    await end(server.child, 'SIGKILL')
    const run = await deal.people.startSample('later', { ...sampleApplication, company: 'شركة لاحقة' })
    const start = await receiver.span(traceOf(run), 'StartRun:partner-approval')
    await deal.kill()
    server = await startDevServer({ file, port: Number(new URL(`http://${server.address}`).port) })
    await deal.start()
    await deal.decide(run, 'Review the application', { verdict: 'reject', comments: WHY })
    await deal.standing(run, 'rejected')

    const stay = await receiver.span(traceOf(run), 'RunWorkflow:partner-approval')
    const told = spansOf(run).filter(
      ({ name, status }) => /^(Start|SignalWithStart)Workflow:/.test(name) && status.code === OK,
    )
    assert.deepEqual(new Set(told.map(({ parentSpanId }) => parentSpanId)), new Set([start.spanId]))
    assert.equal(stay.parentSpanId, start.spanId)
    assert.deepEqual([stay.attributes['sijil.outcome'], stay.attributes['sijil.undo']], ['rejected', 'compensated'])
    assert.equal(stay.status.code, UNSET, 'a decision is no error')
    assert.equal(named(run, 'RunActivity:undo openRecord').parentSpanId, stay.spanId)
  })

  test('has the stay of a run that was moved away as left, and a second one beside it when it is back', async () => {
    const move = (run: string, to: string) =>
      deal.command('run', 'move', run, '--to', to, '--why', WHY, '--as', 'yousef')
    const run = await deal.people.startSample('moved', { ...sampleApplication, company: 'شركة منقولة' })
    await deal.standing(run, 'Review the application')
    await move(run, 'local')
    const left = await receiver.span(traceOf(run), 'RunWorkflow:partner-approval')
    assert.deepEqual([left.attributes['sijil.outcome'], left.status.code], ['left', UNSET])

    await move(run, 'temporal')
    await deal.decide(run, 'Review the application', { verdict: 'reject', comments: WHY })
    await deal.standing(run, 'rejected')
    const second = await until(
      async () => spansOf(run).find(({ attributes }) => attributes['sijil.outcome'] === 'rejected'),
      { what: 'the second stay is over' },
    )
    const { spanId: start } = named(run, 'StartRun:partner-approval')
    assert.deepEqual([left.parentSpanId, second.parentSpanId], [start, start])
    assert.notEqual(second.spanId, left.spanId)
    assert.equal(named(run, 'RunActivity:openRecord').parentSpanId, left.spanId)
    assert.equal(named(run, 'RunActivity:undo openRecord').parentSpanId, second.spanId)
  })

  test("has the worker's metrics too, and is told who sends them", async () => {
    const metrics = await until(
      async () =>
        receiver.to('/v1/metrics').find(({ body }) => body.includes('temporal_workflow_task_execution_latency')),
      { what: 'metrics arrive' },
    )
    assert.equal(metrics.headers.authorization, 'Bearer collector')
    assert.ok(receiver.to('/v1/traces').every(({ headers }) => headers.authorization === 'Bearer collector'))
    const [batch] = receiver.batches
    assert.deepEqual(
      [batch?.resource.attributes['service.name'], batch?.resource.attributes['deployment.environment']],
      ['sijil', 'test'],
    )
  })

  test('is never sent what anybody wrote', () => {
    const { company, registration, contact } = sampleApplication
    const written = [company, 'شركة لاحقة', 'شركة منقولة', WHY, registration.number, ...Object.values(contact)]
    const sent = receiver.posts.map(({ body }) => body.toString())
    assert.ok(sent.length > 3)
    for (const text of written) assert.ok(!sent.some((body) => body.includes(text)), text)
    assert.deepEqual(
      receiver.spans.filter(({ events, status }) => events.length > 0 || status.message !== undefined),
      [],
    )
  })

  test('hears nothing while that is switched off', async () => {
    await deal.stop()
    await deal.start({ OTEL_SDK_DISABLED: 'true' })
    const heard = receiver.posts.length
    const run = await deal.people.startSample('silent', { ...sampleApplication, company: 'شركة صامتة' })
    await deal.decide(run, 'Review the application', { verdict: 'reject', comments: WHY })
    await deal.standing(run, 'rejected')
    await deal.stop() // whatever it still had it would have sent by now
    assert.equal(receiver.posts.length, heard)
  })
})
