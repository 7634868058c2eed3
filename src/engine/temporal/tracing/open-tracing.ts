/** Tells a collector of traces, by OTLP over HTTP, what becomes of runs on Temporal. */
import { setTimeout } from 'node:timers/promises'
import { context, propagation } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { envDetectorSync, Resource } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry'
import type { Stay } from '../sandbox/stay.ts'
import { activitySpans } from './activity-spans.ts'
import { AsyncContexts } from './async-contexts.ts'
import { ChosenIds, contextBeneath, contextOf, idsOfRun, idsOfStay, runOf } from './run-trace.ts'
import type { Tracing } from './tracing.ts'
import { attributes, withoutText } from './without-text.ts'

export interface TracingSettings {
  /** Where spans are posted to. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Of Sijil. */
  readonly version: string
  /** Names this process. */
  readonly worker: string
  readonly onTrouble: (error: unknown) => void
}

/** How long a process that stops waits for its collector. */
const LAST_MS = 3_000

/** Whoever has wrapped this process in an OpenTelemetry of their own keeps it: its contexts are used then. */
export function openTracing(settings: TracingSettings): Tracing {
  const ids = new ChosenIds()
  const provider = new BasicTracerProvider({
    resource: resourceOf(settings),
    idGenerator: ids,
    spanProcessors: [ofRun, sending(settings)],
  })
  const tracer = provider.getTracer('sijil', settings.version)
  const hasContexts = context.setGlobalContextManager(new AsyncContexts())
  const hasPropagator = propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  return {
    client: [new OpenTelemetryWorkflowClientInterceptor({ tracer })],
    activity: activitySpans(tracer),
    sinks: {
      stay: {
        over: {
          fn({ startTime }, stay) {
            const beneath = contextBeneath(stay.ref, idsOfRun(stay.ref))
            const span = () =>
              tracer.startSpan(`RunWorkflow:${stay.workflow}`, { startTime, attributes: attributesOf(stay) }, beneath)
            ids.choose(idsOfStay(stay.ref), span).end(stay.at)
          },
        },
      },
    },
    accepted(run) {
      const { workflow, version } = run
      const told = { [attributes.workflow]: workflow, [attributes.version]: version }
      const span = () => tracer.startSpan(`StartRun:${workflow}`, { attributes: told }, contextOf(run))
      ids.choose(idsOfRun(run), span).end()
    },
    within: (run, tell) => context.with(contextBeneath(run, idsOfRun(run)), tell),
    async stop() {
      if (hasContexts) context.disable()
      if (hasPropagator) propagation.disable()
      const enough = new AbortController()
      const late = setTimeout(LAST_MS, undefined, { signal: enough.signal }).catch(() => undefined)
      await Promise.race([provider.shutdown().catch(settings.onTrouble), late])
      enough.abort()
    },
  }
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say more, and win. */
const resourceOf = ({ version, worker }: TracingSettings): Resource =>
  new Resource({ 'service.name': 'sijil', 'service.version': version, 'service.instance.id': worker }).merge(
    new Resource(envDetectorSync.detect().attributes),
  )

const sending = ({ url, headers, onTrouble }: TracingSettings): SpanProcessor =>
  new BatchSpanProcessor(withoutText(new OTLPTraceExporter({ url, headers: { ...headers } }), onTrouble))

/** Every span says whose it is. */
const ofRun: SpanProcessor = {
  onStart(span, within) {
    const run = runOf(within)
    if (run !== undefined) span.setAttributes({ [attributes.tenant]: run.tenant, [attributes.run]: run.run })
  },
  onEnd() {},
  async forceFlush() {},
  async shutdown() {},
}

/** A decision that ended a run is no error; an end that leaves something to a person is. */
function attributesOf({ workflow, version, outcome, undo }: Stay) {
  const error = outcome === 'failed' ? 'failed' : undo === 'incomplete' ? 'undo-incomplete' : undefined
  return {
    [attributes.workflow]: workflow,
    [attributes.version]: version,
    [attributes.outcome]: outcome,
    ...(undo === undefined ? {} : { [attributes.undo]: undo }),
    ...(error === undefined ? {} : { [attributes.errorType]: error }),
  }
}
