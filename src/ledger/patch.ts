import type { RecordedOutcome } from '../flow/host.ts'
import type { Instant } from '../flow/time.ts'
import type { RunId } from './ids.ts'

/** One settled operation. Written once, never changed. */
export interface RecordRow {
  readonly seq: number
  readonly key: string
  readonly kind: 'step' | 'undo' | 'gate' | 'signal' | 'sleep' | 'choice' | 'ending'
  readonly name: string
  /** Digest of what was asked; a replay that asks something else is stuck. */
  readonly digest: string
  readonly outcome: RecordedOutcome['kind']
  /** Canonical JSON. */
  readonly value: string
  readonly at: Instant
}

export interface AuditRow {
  readonly actor: string
  readonly what: string
  readonly subject: string
  readonly old: string | null
  readonly new: string | null
  readonly why: string | null
}

export type EffectState = 'started' | 'not_made' | 'done' | 'refused' | 'in_doubt' | 'never' | 'parked'

/** What is written now and then, in the order in which the database carries it out. */
export type RareWrite =
  | { readonly op: 'idempotency'; readonly body: { readonly key: string; readonly digest: string } }
  | { readonly op: 'effect.start'; readonly body: EffectStart }
  | { readonly op: 'effect.settle'; readonly body: EffectSettled }
  | { readonly op: 'receipt'; readonly body: ReceiptRow }
  | { readonly op: 'signal.consume'; readonly body: { readonly number: number; readonly key: string } }
  | { readonly op: 'wait.open'; readonly body: WaitRow }
  | { readonly op: 'wait.close'; readonly body: { readonly key: string } }
  | { readonly op: 'waits.withdraw'; readonly body: { readonly prefix: string } }
  | { readonly op: 'task.open'; readonly body: TaskOpened }
  | { readonly op: 'task.close'; readonly body: { readonly key: string; readonly state: 'expired' | 'escalated' } }
  | {
      readonly op: 'keep'
      readonly body: { readonly record: string; readonly id: string; readonly body: string; readonly key: string }
    }

export interface EffectStart {
  readonly key: string
  readonly step: string
  /** The effect that this one takes back. */
  readonly of: string | null
  /** Checked against the policy; null for what needs no authority (undo, records). */
  readonly action: string | null
  readonly subject: string | null
  readonly undoable: boolean
  readonly input: string
  readonly state: 'started' | 'done'
  readonly generation: number
  readonly attempt: number
  readonly timeout_ms: number
  /** Which of the run's effects it is, by start; null where the ledger counts. */
  readonly started_seq: number | null
}
export interface EffectSettled {
  readonly key: string
  readonly attempt: number
  readonly state: EffectState
  readonly wait_ms: number | null
  /** How many of its attempts were held back before anything began; null leaves it as it is. */
  readonly held: number | null
  readonly problem: string | null
}
export interface ReceiptRow {
  readonly id: string
  readonly key: string
  readonly action: string
  readonly request_digest: string
  readonly result_digest: string
  readonly trace: string
}
export interface WaitRow {
  readonly key: string
  readonly kind: 'gate' | 'signal' | 'sleep'
  readonly name: string
  readonly digest: string
  readonly opened_ms: Instant
  readonly due_ms: Instant | null
}
export interface TaskOpened {
  readonly id: string
  readonly key: string
  readonly gate: string
  readonly packet: string
  readonly digest: string
  readonly subject: string
  readonly authorises: { readonly [outcome: string]: readonly { readonly step: string; readonly action: string }[] }
  readonly slots: readonly { readonly roles: readonly string[]; readonly by: null }[]
  readonly requester: string
  readonly due_ms: Instant | null
  readonly escalated_from: string | null
}

/** What becomes of the run with this patch. */
export type Next =
  | { readonly status: 'running' }
  /** Parked until `due`, a signal or a decision; refused when a signal came since. */
  | { readonly status: 'waiting'; readonly due: Instant }
  /** Given back: whoever is free goes on. */
  | { readonly status: 'ready'; readonly due: Instant }
  | { readonly status: 'stuck'; readonly code: string; readonly why: string }
  | {
      readonly status: 'ended'
      readonly outcome: string
      readonly undo: 'nothing' | 'compensated' | 'incomplete' | 'skipped'
      readonly result: string
      readonly why: string | null
    }

export interface NewRun {
  readonly workflow: string
  readonly version: number
  readonly engine: 'inline' | 'local' | 'temporal'
  readonly requester: string
  readonly input: string
  readonly createdAt: Instant
}

/** All that one run has ready to write. At most one patch of a run is in flight. */
export interface RunPatch {
  readonly tenant: string
  readonly run: RunId
  readonly create: NewRun | undefined
  readonly epoch: number
  /**
   * One more than the patch before: how a patch that is presented again is recognised. 0: the ledger counts, for those who write to
   * one run and do not know of each other.
   */
  readonly batch: number
  /** The sequence after this patch. */
  readonly seq: number
  /** The mailbox that this patch was decided on; undefined when it does not depend on it. */
  readonly mailbox: number | undefined
  readonly pivoted: boolean
  readonly next: Next
  readonly records: readonly RecordRow[]
  readonly audits: readonly AuditRow[]
  readonly rare: readonly RareWrite[]
}

export type Verdict =
  | { readonly kind: 'written' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'mailbox' }
  /** Only of a patch for which the ledger counts: the same is on record, or another attempt has gone further. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'not authorised'; readonly why: string }
  | { readonly kind: 'exists'; readonly digest: string; readonly run: string }
  /** The database refuses what the patch holds; nothing of it was written. */
  | { readonly kind: 'refused'; readonly why: string }
