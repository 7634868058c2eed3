import type { Words } from '../engine/commands/words.ts'
import type { GateOutcome } from '../flow/gate.ts'
import type { DecisionView, TaskRow, TaskState } from '../ledger/reading/run-view.ts'

/** A line of an inbox. */
export interface TaskSummary {
  readonly id: string
  readonly kind: TaskRow['kind']
  readonly run: string
  readonly workflow: string
  readonly workflowTitle: Words
  readonly gate: string
  readonly title: Words
  readonly state: TaskState
  readonly requester: string
  readonly openedAt: number
  readonly dueAt: number | null
  readonly decidedAt: number | null
  readonly slots: TaskRow['slots']
  /** Whether the reader may still decide it. */
  readonly mayDecide: boolean
}

/** What a decider sees and authorises. */
export interface TaskView extends TaskSummary {
  /**
   * For those who decide it, personal values are opened. For others each is `{ hidden: true }`; that of an erased person is
   * `{ erased: true }` for everybody.
   */
  readonly packet: unknown
  readonly personalValues: 'opened' | 'hidden' | 'none'
  /** To be sent back with the decision. */
  readonly digest: string
  /** Digest of what is decided on; later effects are held to it. */
  readonly subject: string
  /** The field of the packet that it is. */
  readonly subjectField: string | undefined
  readonly outcomes: readonly OutcomeView[]
  /** Whether it may be returned with comments for another round. */
  readonly returnable: boolean
  readonly decisions: readonly DecisionView[]
  readonly escalatedFrom: string | null
}

/** What follows when the task ends in this way. */
export interface OutcomeView {
  readonly outcome: GateOutcome
  /** `undoes`: the run ends and `undone` is taken back. */
  readonly run: 'goes on' | 'undoes'
  readonly actions: readonly ActionView[]
  readonly undone: readonly { readonly key: string; readonly step: string; readonly title: Words }[]
}

/** A step that may follow without another decision. */
export interface ActionView {
  readonly step: string
  readonly title: Words
  readonly effect: 'call' | 'message' | 'document'
  readonly systems: readonly string[]
  readonly action: string
  /** Of the policy table as it is now. */
  readonly class: 'A' | 'B' | 'C'
  readonly reversal:
    | { readonly kind: 'undo' }
    | { readonly kind: 'irreversible'; readonly reason: string }
    | { readonly kind: 'none' }
  /** After it the run only goes forward or to a person. */
  readonly pivot: boolean
}
