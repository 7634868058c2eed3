/** What travels between a flow in Temporal's sandbox and the workers that do its work. Plain JSON; types only. */
import type { Manifest } from '../../flow/manifest.ts'
import type {
  ChoiceOperation,
  EndingOperation,
  Outcome,
  StepOperation,
  UndoOperation,
  WaitOperation,
} from '../../flow/host.ts'
import type { Result } from '../../flow/drive.ts'
import type { Instant } from '../../flow/time.ts'
import type { RunId } from '../../ledger/ids.ts'
import type { Known } from '../run/recollection.ts'

/** A run while it is on Temporal. Another epoch means that it has moved: whoever still has this one is fenced. */
export interface RunRef {
  readonly tenant: string
  readonly run: RunId
  readonly epoch: number
}

/** What an operator and the sandbox must know of a step before it is made. */
export interface StepFacts {
  readonly title: string
  /** Made by a worker as an activity of its own; every other is made beside the flow. */
  readonly isOutside: boolean
  readonly timeoutMs: number
}

/** An effect as far as undo is concerned. */
export interface EffectFacts {
  readonly key: string
  readonly name: string
  readonly startedSeq: number
  /** It was started, may have happened, and can be taken back. */
  readonly isUndoable: boolean
}

/** The memory of a run, in pages: a payload may be 2 MB. All but the records come with the first page. */
export type Memory = Page & {
  readonly input: string
  readonly startedAt: Instant
  /** Undefined in a history of an older release. */
  readonly deal: string | undefined
  readonly manifest: Manifest
  readonly steps: { readonly [name: string]: StepFacts }
  readonly titles: { readonly [gateOrSignal: string]: string }
  readonly effects: readonly EffectFacts[]
  /** Keys of what was begun and has no answer yet. */
  readonly begun: readonly string[]
  /** The sequence of the last record of the run. */
  readonly seq: number
  /** How many letters the run has had, and whether any is unread. */
  readonly mailbox: number
  readonly hasLetters: boolean
}
export interface Page {
  readonly records: readonly Known[]
  /** The sequence of the last of them: what follows is on the next page. */
  readonly upTo: number
}

/** A wait that the ledger knows already: its packet need not travel again. */
export interface OpenedWait extends Omit<WaitOperation, 'input'> {}

export interface Waits {
  /** Waits that the flow has just come to. */
  readonly opens: readonly WaitOperation[]
  readonly opened: readonly OpenedWait[]
  /** Nothing else of the run is in flight: it may be parked. Whatever else it waits for asks again after so long; null: not by itself. */
  readonly parks: { readonly askAgainMs: number | null } | undefined
}

/** How an errand ends. Anything else is an error, and Temporal sends it again. */
export type Report =
  | {
      readonly kind: 'done'
      readonly answers: readonly { readonly key: string; readonly outcome: Outcome }[]
      /** How long until the first of those without an answer asks again, in milliseconds by the ledger's clock; null: not by itself. */
      readonly askAgainMs: number | null
      /** Effects that this errand has changed; after a choice or an ending all of them. */
      readonly effects: readonly EffectFacts[]
      readonly cancel: { readonly why: string; readonly undo: boolean } | undefined
    }
  /** The run has ended. */
  | { readonly kind: 'ended' }
  /** A person must help. The run goes on when something comes for it. */
  | { readonly kind: 'stuck' }
  /** The run is elsewhere, or has ended: nothing was written and nothing ever will be by this workflow. */
  | { readonly kind: 'fenced' }
  /** Somebody spoke meanwhile: read the ledger again. */
  | { readonly kind: 'again' }

export interface Errands {
  /** The first page of the memory. Undefined: fenced. A text: the version, which this worker does not have. */
  recall(ref: RunRef): Promise<Memory | string | undefined>
  recallMore(ref: RunRef, from: number): Promise<Page>
  /** Makes a step, or takes its effect back. */
  act(ref: RunRef, operation: StepOperation | UndoOperation, how: ActHow): Promise<Report>
  wait(ref: RunRef, waits: Waits): Promise<Report>
  /** Writes down what the flow has decided by itself. */
  decide(ref: RunRef, operation: ChoiceOperation | EndingOperation): Promise<Report>
  finish(ref: RunRef, result: Result): Promise<Report>
  stop(ref: RunRef, why: { readonly code: string; readonly message: string; readonly since: number }): Promise<Report>
  /** Somebody cancelled the workflow in Temporal: the run is asked to end, as by an operator. `REQUESTED`, or why not. */
  askForEnd(ref: RunRef, request: { readonly why: string }): Promise<string>
}

export interface ActHow {
  /** The branch no longer needs it. */
  readonly isRelinquished: boolean
  /** Bytes of results that the run holds. */
  readonly heldBytes: number
}
