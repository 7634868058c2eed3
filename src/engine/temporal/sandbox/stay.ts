/**
 * What a workflow says of itself to its worker once the stay of its run is over. The worker makes a span of it: OpenTelemetry's own
 * code for the sandbox is as large again as all the rest.
 */
import { proxySinks, type Sinks } from '@temporalio/workflow'
import type { Result } from '../../../flow/drive.ts'
import type { Instant } from '../../../flow/time.ts'
import type { RunRef } from '../wire.ts'

export interface Stay {
  readonly ref: RunRef
  readonly workflow: string
  readonly version: number
  /** `completed`, the name of the ending, or `left`: the run is elsewhere. */
  readonly outcome: string
  readonly undo: Extract<Result, { readonly outcome: 'ended' }>['undo'] | undefined
  readonly at: Instant
}

/** Called when it happens, and not again when the history is replayed. */
export interface StaySinks extends Sinks {
  readonly stay: { over(stay: Stay): void }
}

export const { stay } = proxySinks<StaySinks>()
