/**
 * Where the spans of a run belong follows from its id alone. A run is accepted into the ledger by one process, told to the cluster by
 * another, and worked on by many, for months: none of them can hand a context to the next, and none has to.
 */
import { createHash } from 'node:crypto'
import { type Context, createContextKey, ROOT_CONTEXT, type Span, trace, TraceFlags } from '@opentelemetry/api'
import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace-base'
import type { RunOfTenant } from './tracing.ts'

export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
}

/** A run's id is a UUID: the 16 bytes of a trace's, of which the last seven are chance as a trace's should be. */
const traceIdOf = (run: string): string => run.replaceAll('-', '')
const spanIdOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** The span of the run's acceptance: the root. */
export const idsOfRun = ({ run }: RunOfTenant): SpanIds => ({ traceId: traceIdOf(run), spanId: spanIdOf(run) })

/** The span of one stay on Temporal. */
export const idsOfStay = ({ run, epoch }: { readonly run: string; readonly epoch: number }): SpanIds => ({
  traceId: traceIdOf(run),
  spanId: spanIdOf(`${run}.${epoch}`),
})

const RUN = createContextKey('sijil.run')

/** Of no span yet. */
export const contextOf = ({ tenant, run }: RunOfTenant): Context => ROOT_CONTEXT.setValue(RUN, { tenant, run })

/** Whoever begins a span there begins it beneath that one, which may be ended elsewhere, later, or never. */
export const contextBeneath = (of: RunOfTenant, ids: SpanIds): Context =>
  trace.setSpanContext(contextOf(of), { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true })

export const runOf = (context: Context): RunOfTenant | undefined => {
  const run = context.getValue(RUN)
  return run === undefined ? undefined : (run as RunOfTenant) // set by contextOf only
}

/** Gives a span the ids that it must have, and every other one by chance. */
export class ChosenIds implements IdGenerator {
  readonly #chance = new RandomIdGenerator()
  #chosen: SpanIds | undefined

  /** Of the one span that `begin` begins. */
  choose(ids: SpanIds, begin: () => Span): Span {
    this.#chosen = ids
    try {
      return begin()
    } finally {
      this.#chosen = undefined
    }
  }

  generateTraceId(): string {
    return this.#chosen?.traceId ?? this.#chance.generateTraceId()
  }

  generateSpanId(): string {
    return this.#chosen?.spanId ?? this.#chance.generateSpanId()
  }
}
