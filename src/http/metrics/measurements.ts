import { LATENCY_MS, type OperationMetrics } from '../../connectors/metrics.ts'
import type { HealthView } from '../health-check.ts'
import type { Family, Sample } from './exposition.ts'

/** What a process of Sijil tells of itself: how its parts are, and how the calls of its connectors went since it started. */
export const measurements = (
  health: HealthView,
  operations: Readonly<Record<string, OperationMetrics>>,
): readonly Family[] => [...ofHealth(health), ...ofOperations(operations)]

function ofHealth({ database, engine, temporal, sealing, webhooks, connectors }: HealthView): readonly Family[] {
  const parts = { database, engine, sealing, webhooks, ...(temporal === undefined ? {} : { temporal }) }
  const up = (label: string, states: Readonly<Record<string, { readonly state: 'up' | 'down' }>>) =>
    labelled(
      label,
      Object.fromEntries(Object.entries(states).map(([name, { state }]) => [name, state === 'up' ? 1 : 0])),
    )
  return [
    gauge('sijil_up', 'Whether a part can do its work.', up('part', parts)),
    gauge('sijil_connector_up', 'Whether a vendor lets us in.', up('connector', connectors)),
    gauge('sijil_runs_loaded', 'Runs in memory here.', one(engine.loadedRuns)),
    gauge('sijil_runs_unloadable', 'Runs that are due, of a version that is not here.', one(engine.unloadableRuns)),
    gauge('sijil_runs_untold', 'Runs of which Temporal has not been told for a while.', one(temporal?.untoldRuns)),
    gauge('sijil_sealing_rows', 'Audit rows without a leaf.', one(sealing.rows)),
    gauge('sijil_sealing_oldest_seconds', 'Age of the oldest of them.', one(seconds(sealing.oldestMs))),
    gauge('sijil_webhook_messages_waiting', 'Outgoing webhooks to be delivered.', one(webhooks.waiting)),
    gauge('sijil_webhook_oldest_seconds', 'Age of the oldest of them.', one(seconds(webhooks.oldestMs))),
    gauge('sijil_webhook_endpoints_failing', 'Addresses that have failed for a while.', one(webhooks.failing)),
    counter('sijil_webhook_attempts_total', 'Deliveries tried.', labelled('outcome', webhooks.attempts)),
  ]
}

function ofOperations(operations: Readonly<Record<string, OperationMetrics>>): readonly Family[] {
  const each = (samplesOf: (metrics: OperationMetrics, labels: Labels) => readonly Sample[]) =>
    Object.entries(operations).flatMap(([key, metrics]) => {
      const [connector = '', operation = ''] = key.split('.')
      return samplesOf(metrics, { connector, operation })
    })
  const count = (valueOf: (metrics: OperationMetrics) => number) =>
    each((metrics, labels) => [{ labels, value: valueOf(metrics) }])
  return [
    counter(
      'sijil_connector_calls_total',
      'Calls that ended.',
      count(({ calls }) => calls),
    ),
    counter(
      'sijil_connector_errors_total',
      'Calls that failed.',
      each(({ errors }, labels) => labelled('code', errors, labels)),
    ),
    gauge(
      'sijil_connector_calls_in_flight',
      'Calls that go on.',
      count(({ inFlight }) => inFlight),
    ),
    {
      name: 'sijil_connector_call_seconds',
      kind: 'histogram',
      help: 'How long calls took.',
      samples: each(latencies),
    },
    counter(
      'sijil_connector_waits_total',
      'Calls that waited for their turn.',
      count((of) => of.rateLimitWaits),
    ),
    counter(
      'sijil_connector_wait_seconds_total',
      'How long they waited.',
      count((of) => of.rateLimitWaitMsTotal / 1_000),
    ),
    counter(
      'sijil_connector_held_back_total',
      'Calls that were not let begin.',
      each(({ heldBack }, labels) => labelled('reason', heldBack, labels)),
    ),
  ]
}

function latencies({ latencyMsParts, latencyMsTotal, calls }: OperationMetrics, labels: Labels): readonly Sample[] {
  let upTo = 0
  const buckets = latencyMsParts.map((count, place): Sample => {
    upTo += count
    const most = LATENCY_MS[place]
    return {
      part: 'bucket',
      labels: { ...labels, le: most === undefined ? '+Inf' : String(most / 1_000) },
      value: upTo,
    }
  })
  return [...buckets, { part: 'sum', labels, value: latencyMsTotal / 1_000 }, { part: 'count', labels, value: calls }]
}

type Labels = Readonly<Record<string, string>>

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  kind: 'gauge',
  help,
  samples,
})
const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  kind: 'counter',
  help,
  samples,
})
const one = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ value }])
const seconds = (ms: number | undefined): number | undefined => ms && ms / 1_000
const labelled = (label: string, values: Readonly<Record<string, number>>, besides: Labels = {}): readonly Sample[] =>
  Object.entries(values).map(([name, value]) => ({ labels: { ...besides, [label]: name }, value }))
