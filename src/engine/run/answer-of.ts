import {
  EffectHeldBack,
  EffectNotMade,
  EffectRefused,
  EffectUnknown,
  NeverHappened,
  SafeToRepeat,
} from '../../flow/failure.ts'
import { InvalidValue } from '../../flow/schema.ts'
import { ValueTooLarge } from '../limits.ts'
import type { Answer } from '../outside-effect.ts'

/** The step took longer than it may. Whether its call left is known from elsewhere. */
export class AttemptTimedOut extends Error {
  override readonly name = 'AttemptTimedOut'
  readonly code = 'TIMED_OUT'
}

/** Sorts what an attempt threw by what happens next. Once the call has begun, anything unclear is unknown. */
export function answerOf(error: unknown, begun: boolean): Answer {
  if (error instanceof NeverHappened) return { kind: 'never', settlingMs: error.settlingMs }
  if (error instanceof SafeToRepeat) return { kind: 'safe to repeat' }
  if (error instanceof EffectRefused) return { kind: 'refused', code: error.code, why: error.message }
  if (error instanceof EffectHeldBack)
    return { kind: 'held back', code: error.code, why: error.message, retryAfterMs: error.retryAfterMs }
  if (error instanceof EffectNotMade)
    return { kind: 'not made', code: error.code, why: error.message, retryAfterMs: error.retryAfterMs }
  if (error instanceof EffectUnknown) return { kind: 'unknown', code: error.code, why: error.message }
  const why = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'STEP_THREW'
  if (begun) return { kind: 'unknown', code, why }
  // The same input would be wrong again.
  if (error instanceof InvalidValue || error instanceof ValueTooLarge) return { kind: 'refused', code, why }
  return { kind: 'not made', code, why, retryAfterMs: undefined }
}
