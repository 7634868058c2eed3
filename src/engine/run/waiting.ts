import type { RecordedOutcome, WaitOperation } from '../../flow/host.ts'
import type { Instant } from '../../flow/time.ts'
import type { Letter } from '../../ledger/load-runs.ts'

/** A wait that is open now, in the order in which the branches came to it. */
export interface Waiting {
  readonly operation: WaitOperation
  readonly dueAt: Instant | undefined
}

/** What ends a wait: a letter that came in time, or the deadline. */
export type Settlement =
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'expired'; readonly at: Instant }

/**
 * How a wait is settled by what lies in the mailbox. A letter that was received before the deadline beats the timer, however
 * late anybody looks; one that was received after it is left for a later wait.
 */
export function settlementOf(
  { operation, dueAt }: Waiting,
  letters: readonly Letter[],
  now: Instant,
): Settlement | undefined {
  const letter = letters.find(
    (candidate) => fits(operation, candidate) && (dueAt === undefined || candidate.receivedAt <= dueAt),
  )
  if (letter !== undefined) return { kind: 'letter', letter }
  return dueAt !== undefined && now >= dueAt ? { kind: 'expired', at: dueAt } : undefined
}

const fits = (operation: WaitOperation, { kind, name }: Letter): boolean =>
  operation.kind === 'signal'
    ? kind === 'signal' && name === operation.name
    : operation.kind === 'gate' && kind === 'decision' && name === operation.key

interface DecisionPayload {
  readonly state: 'approved' | 'returned' | 'rejected'
  readonly by: readonly string[]
  readonly value: string
  readonly comments: string | null
}

/** The outcome that is recorded for a settled wait. */
export function outcomeOf(operation: WaitOperation, settlement: Settlement): RecordedOutcome {
  if (settlement.kind === 'expired')
    return { kind: operation.kind === 'sleep' ? 'value' : 'expired', value: null, at: settlement.at }
  const { payload, receivedAt: at } = settlement.letter
  if (operation.kind === 'signal') return { kind: 'value', value: JSON.parse(payload), at }
  const { state, by, value, comments } = JSON.parse(payload) as DecisionPayload // written by sijil.decide_task
  switch (state) {
    case 'approved':
      return { kind: 'value', value: { outcome: 'approved', by, value: parsed(value) }, at }
    case 'returned':
      return { kind: 'returned', value: { by, comments: comments ?? '' }, at }
    case 'rejected':
      return { kind: 'rejected', value: { by, why: comments ?? '' }, at }
  }
}

const parsed = (text: string): unknown => JSON.parse(text)
