/** Spans leave without what a person may have written: no message of an error, no stack, no attribute that nobody has listed here. */
import { SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'

/** Names of ours, and those that Temporal's interceptors give. Ids and codes stand in them. */
export const attributes = {
  tenant: 'sijil.tenant',
  run: 'sijil.run',
  workflow: 'sijil.workflow',
  version: 'sijil.workflow.version',
  step: 'sijil.step',
  outcome: 'sijil.outcome',
  undo: 'sijil.undo',
  errorType: 'error.type',
} as const
const told: ReadonlySet<string> = new Set([
  ...Object.values(attributes),
  'temporalWorkflowId',
  'temporalActivityId',
  'run_id',
])

/** As `exporter`, and says when it begins to fail: a collector may be away for days. */
export function withoutText(exporter: SpanExporter, onTrouble: (error: unknown) => void): SpanExporter {
  let isFailing = false
  return {
    export(spans, done) {
      exporter.export(spans.map(lean), (result) => {
        if (result.error !== undefined && !isFailing) onTrouble(result.error)
        isFailing = result.error !== undefined
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

function lean(span: ReadableSpan): ReadableSpan {
  const errorType = span.attributes[attributes.errorType] ?? thrownBy(span)
  return {
    ...contentOf(span),
    attributes: {
      ...Object.fromEntries(Object.entries(span.attributes).filter(([name]) => told.has(name))),
      ...(errorType === undefined ? {} : { [attributes.errorType]: errorType }),
    },
    // Temporal's interceptors call an activity well that has answered, also with the failure of its step.
    status: { code: errorType === undefined ? span.status.code : SpanStatusCode.ERROR },
    events: [],
    droppedEventsCount: span.droppedEventsCount + span.events.length,
  }
}

/** The name or code of what was thrown. */
const thrownBy = ({ events, status }: ReadableSpan) =>
  events.map((event) => event.attributes?.['exception.type']).find((type) => type !== undefined) ??
  (status.code === SpanStatusCode.ERROR ? 'Error' : undefined)

/** A span keeps some of this in its prototype. */
const contentOf = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
  startTime: span.startTime,
  endTime: span.endTime,
  status: span.status,
  attributes: span.attributes,
  links: span.links,
  events: span.events,
  duration: span.duration,
  ended: span.ended,
  resource: span.resource,
  instrumentationLibrary: span.instrumentationLibrary,
  droppedAttributesCount: span.droppedAttributesCount,
  droppedEventsCount: span.droppedEventsCount,
  droppedLinksCount: span.droppedLinksCount,
})
