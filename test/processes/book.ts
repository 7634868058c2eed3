import type { z } from 'zod'
import type { Run } from '../../src/http/routes/views.ts'

export type RunView = z.infer<typeof Run>
export type TaskOfRun = RunView['tasks'][number]
export type EffectOfRun = RunView['effects'][number]
export type Verdict = 'approve' | 'return' | 'reject'

export interface Decided {
  readonly run: string
  readonly task: string
  readonly person: string
  readonly verdict: Verdict
}

/** Everything that was acknowledged: none of it may be lost, and none of it may count twice. */
export class Book {
  /** The run that each idempotency key was answered with. */
  readonly starts = new Map<string, string>()
  readonly decisions: Decided[] = []
  /** Answers through links: the run, and the id under which its mailbox must hold the answer. */
  readonly replies: { readonly run: string; readonly signal: string }[] = []
  readonly envelopes: { readonly run: string; readonly how: 'signed' | 'declined' }[] = []
  readonly cancels = new Set<string>()
  readonly settled: { readonly run: string; readonly key: string; readonly outcome: string }[] = []
  /** Runs that nobody could bring on: they must say why. */
  readonly stuck = new Set<string>()
  /** Attempts that nobody answered, and that were made again. */
  unanswered = 0
  /** Requests and webhooks that were sent once more although they had been answered. */
  repeated = 0

  get acknowledged(): number {
    const { starts, decisions, replies, cancels, settled } = this
    return starts.size + decisions.length + replies.length + cancels.size + settled.length
  }
}
