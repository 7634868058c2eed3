import type { Duration, Instant } from './time.ts'

/** What a branch asks its engine for. The key names the place: the path of branches, the name, its occurrence. */
export type Operation = StepOperation | UndoOperation | WaitOperation | ChoiceOperation | EndingOperation

export interface StepOperation {
  readonly kind: 'step'
  readonly key: string
  readonly name: string
  readonly input: unknown
  /** After the pivot a failure is not recorded: the run waits for a person, who may have it tried again. */
  readonly afterPivot: boolean
}
/** Takes back the effect with the key `of`. */
export interface UndoOperation {
  readonly kind: 'undo'
  readonly key: string
  readonly name: string
  readonly of: string
  /** When it fails: left to a person while the others go on (true), or waited for (false, within a race). */
  readonly parks: boolean
}
export interface WaitOperation {
  readonly kind: 'gate' | 'signal' | 'sleep'
  readonly key: string
  readonly name: string
  /** The packet of a gate; null otherwise. */
  readonly input: unknown
  /** Counted from `since`; undefined waits for ever (a signal only). */
  readonly within: Duration | undefined
  readonly since: Instant
  /** A gate nobody decided in time is asked again with more people: the round before this one. */
  readonly escalates: string | undefined
}
export const isWait = (operation: Operation): operation is WaitOperation =>
  operation.kind === 'gate' || operation.kind === 'signal' || operation.kind === 'sleep'
/** Which branch won a race or failed first: only that one is replayed. Waits under the paths it `closes` are withdrawn. */
export interface ChoiceOperation {
  readonly kind: 'choice'
  readonly key: string
  readonly name: string
  readonly input: string
  readonly closes: readonly string[]
}
/** The run ends without completing: from here on only undo is done. Every wait is withdrawn. */
export interface EndingOperation {
  readonly kind: 'ending'
  readonly key: string
  readonly name: string
  readonly input: Ending
}
export interface Ending {
  readonly ending: string
  readonly why: string
  readonly undo: boolean
}

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown; readonly at: Instant }
  | {
      readonly kind: 'returned'
      readonly value: { readonly by: readonly string[]; readonly comments: string }
      readonly at: Instant
    }
  | {
      readonly kind: 'rejected'
      readonly value: { readonly by: readonly string[]; readonly why: string }
      readonly at: Instant
    }
  | { readonly kind: 'expired'; readonly value: null; readonly at: Instant }
  | { readonly kind: 'failed'; readonly value: { readonly code: string; readonly why: string }; readonly at: Instant }
  /** The branch gave the operation up and nothing of it happened. Never recorded. */
  | { readonly kind: 'withdrawn'; readonly at: Instant }

export type RecordedOutcome = Exclude<Outcome, { readonly kind: 'withdrawn' }>

/** All that an engine supplies to drive a flow. */
export interface Host {
  readonly run: { readonly id: string; readonly startedAt: Instant }
  /** What the ledger already knows of a key, read before the flow starts. */
  recall(key: string): RecordedOutcome | undefined
  /** Asks the ledger, and does the work if the ledger has no answer. Never settles while the run must wait. */
  perform(operation: Operation): Promise<Outcome>
  /**
   * The branch no longer needs the operation. A wait is answered `withdrawn` at once; a step as soon as nothing of it is
   * in flight, because a call that has left is always waited for.
   */
  relinquish(key: string): void
  /**
   * Effects that were started under a path and can be taken back, latest start first; those already taken back included,
   * whose undo is answered from the record.
   */
  undoable(path: string): readonly { readonly key: string; readonly name: string }[]
  /**
   * Whether the record holds a pivot of the branches under a path. The flow may not know: the branch that received it can have
   * lost a race, and a replay leaves losers out.
   */
  pivoted(path: string): boolean
}
