/** What a person sees of runs: plain JSON, times in milliseconds, personal values sealed as they are in the ledger. */

export type RunStatus = 'ready' | 'running' | 'waiting' | 'stuck' | 'ended'

export interface RunSummary {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly engine: 'inline' | 'local' | 'temporal'
  readonly status: RunStatus
  readonly requester: string
  readonly createdAt: number
  readonly endedAt: number | null
  /** `completed`, or how it ended; null while it lives. */
  readonly outcome: string | null
  readonly undo: 'nothing' | 'compensated' | 'incomplete' | 'skipped' | null
  /** Why it ended so, or what it is stuck on. */
  readonly why: string | null
  readonly stuckCode: string | null
  readonly pivoted: boolean
}

export interface RunView extends RunSummary {
  readonly input: unknown
  readonly result: unknown
  readonly records: readonly RecordView[]
  readonly effects: readonly EffectView[]
  readonly receipts: readonly ReceiptView[]
  readonly waits: readonly WaitView[]
  readonly tasks: readonly TaskRow[]
  readonly signals: readonly SignalView[]
  readonly audit: readonly AuditView[]
}

export interface RecordView {
  readonly seq: number
  readonly key: string
  readonly kind: 'step' | 'undo' | 'gate' | 'signal' | 'sleep' | 'choice' | 'ending'
  readonly name: string
  readonly digest: string
  readonly outcome: 'value' | 'returned' | 'rejected' | 'expired' | 'failed'
  readonly value: unknown
  readonly at: number
}

export interface EffectView {
  readonly run: string
  readonly key: string
  readonly step: string
  /** The effect that this one takes back. */
  readonly of: string | null
  readonly action: string | null
  readonly subject: string | null
  readonly undoable: boolean
  readonly input: unknown
  readonly state: 'started' | 'not_made' | 'done' | 'refused' | 'in_doubt' | 'never' | 'parked'
  readonly generation: number
  readonly attempt: number
  /** How many of the attempts were held back before anything began. */
  readonly held: number
  readonly deadlineAt: number
  readonly retryAt: number | null
  readonly problem: string | null
  readonly startedSeq: number
  readonly startedAt: number
}

export interface ReceiptView {
  readonly id: string
  readonly key: string
  readonly action: string
  readonly requestDigest: string
  readonly resultDigest: string
  readonly trace: string
  readonly at: number
}

export interface WaitView {
  readonly key: string
  readonly kind: 'gate' | 'signal' | 'sleep'
  readonly name: string
  readonly openedAt: number
  readonly dueAt: number | null
}

export type TaskState = 'open' | 'approved' | 'returned' | 'rejected' | 'expired' | 'escalated' | 'withdrawn'

export interface TaskRow {
  readonly id: string
  readonly kind: 'gate' | 'late signal'
  readonly run: string
  readonly workflow: string
  readonly version: number
  readonly key: string
  /** The gate's name, or the late signal's. */
  readonly gate: string
  readonly state: TaskState
  readonly packet: unknown
  /** Of the packet as it was asked: a decision names it. */
  readonly digest: string
  /** Digest of what is decided on. */
  readonly subject: string
  readonly authorises: {
    readonly [outcome: string]: readonly { readonly step: string; readonly action: string }[]
  }
  readonly slots: readonly { readonly roles: readonly string[]; readonly by: string | null }[]
  readonly requester: string
  readonly openedAt: number
  readonly dueAt: number | null
  readonly decidedAt: number | null
  readonly escalatedFrom: string | null
  readonly decisions: readonly DecisionView[]
}

export interface DecisionView {
  readonly person: string
  readonly verdict: 'approve' | 'return' | 'reject'
  readonly value: unknown
  readonly comments: string | null
  readonly source: string
  readonly at: number
}

export interface SignalView {
  readonly number: number
  readonly id: string
  readonly kind: 'signal' | 'decision' | 'cancel' | 'resolution' | 'sighting'
  readonly name: string
  readonly payload: unknown
  readonly source: string
  readonly receivedAt: number
  /** The key of the record that took it; null while nobody has. */
  readonly consumedBy: string | null
}

export interface AuditView {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly what: string
  readonly subject: string
  readonly old: string | null
  readonly new: string | null
  readonly source: string
  readonly why: string | null
}
