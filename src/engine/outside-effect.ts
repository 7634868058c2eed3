/**
 * How an outside effect is made, the same on every engine. Each attempt is started in the ledger before anything leaves; what
 * becomes of it is written before anybody acts on it. An attempt with unknown outcome is asked about, never repeated blindly:
 *
 *   not started ── start ──▶ started ── done ──────────────────────────▶ done, with its result on record
 *        ▲                     │  ├──── refused, or given up ──────────▶ refused, with the failure on record
 *        │                     │  └──── outcome unknown: ask (probe)
 *        ├── held back, wait ◀─┤             │
 *        ├── not made, wait ◀──┘             ├── it happened ──────────▶ done
 *        ├── never happened, once that counts ┤
 *        ├── the other side refuses doubles ──┤
 *        ├── the step says a repeat is fine ──┤
 *        └── a person says: never ◀── in doubt ◀── nobody can tell
 */
import type { RecordedOutcome } from '../flow/host.ts'
import type { Repeat, Retry } from '../flow/step.ts'
import { approximateMs, type Instant } from '../flow/time.ts'
import type { EffectRow, Letter } from '../ledger/load-runs.ts'
import type { EffectState } from '../ledger/patch.ts'
import { backoffMs } from './backoff.ts'
import { ValueTooLarge } from './limits.ts'

/** What one attempt, or one question about it, came to. */
export type Answer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  | {
      readonly kind: 'not made'
      readonly code: string
      readonly why: string
      readonly retryAfterMs: number | undefined
    }
  /** Nothing was tried: no attempt of the step's, and no failure. */
  | { readonly kind: 'held back'; readonly code: string; readonly why: string; readonly retryAfterMs: number }
  | { readonly kind: 'unknown'; readonly code: string; readonly why: string }
  | { readonly kind: 'never'; readonly settlingMs: number }
  | { readonly kind: 'safe to repeat' }

/** What a person says of an effect in doubt, or of an undo that was parked. */
export type Resolution =
  | { readonly outcome: 'happened'; readonly output: unknown; readonly by: string }
  | { readonly outcome: 'never'; readonly by: string }
  | { readonly outcome: 'abandon'; readonly by: string }

export interface Settled {
  readonly state: EffectState
  readonly waitMs?: number
  /** How many attempts were held back by now. Default: as many as before. */
  readonly held?: number
  readonly problem?: string
  /** Written in the same commit; the operation is answered with it. */
  readonly outcome?: RecordedOutcome
  readonly letter?: Letter
}

/** One effect as its engine lets it be handled. Every method that writes returns when the ledger has it. */
export interface EffectPort {
  readonly key: string
  readonly retry: Retry
  readonly whenInDoubt: Repeat | undefined
  /** An undo that fails is parked for a person, and a step after the pivot is left to be tried again. */
  readonly onFailure: 'record' | 'park' | 'stop'
  /** Whether an attempt that was cut off must be asked about. False for what is repeated without harm: nothing left the house. */
  readonly asks: boolean
  /** The run may have forgotten what it sent: ask before the first attempt. */
  readonly quarantined: boolean
  row(): EffectRow | undefined
  now(): Instant
  start(attempt: number, generation: number): Promise<void>
  attempt(mode: 'make' | 'probe'): Promise<Answer>
  settle(settled: Settled): Promise<void>
  /** For how long the connector lets nothing begin; undefined when it may be tried. Writes nothing. */
  heldBackMs(): Promise<number | undefined>
  /** Comes back at that time by the ledger's clock; never while the run is unloaded. */
  until(at: Instant): Promise<void>
  /** The next word about this effect: a person's, or the vendor's. Undefined when it should not be waited for. */
  letter(): Promise<Letter | undefined>
  /** The branch no longer needs the effect. */
  relinquished(): boolean
  outcome(kind: 'value', value: unknown): RecordedOutcome
  failure(code: string, why: string): RecordedOutcome
}

export type EffectEnd =
  | RecordedOutcome
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'parked'; readonly why: string }
  | { readonly kind: 'stopped'; readonly why: string }

/** How long after an attempt's deadline its question may go unanswered before a person is asked. */
const ASKED_MS_MAX = 5 * 60_000

export async function makeEffect(port: EffectPort): Promise<EffectEnd> {
  let ask = port.row() === undefined && port.quarantined
  for (;;) {
    const row = port.row()
    switch (row?.state) {
      case undefined:
      case 'never':
      case 'not_made': {
        await port.until(row?.retryAt ?? 0)
        if (port.relinquished()) return { kind: 'withdrawn' }
        if (await isStillHeldBack(port, row)) break
        await port.start((row?.attempt ?? 0) + 1, row?.generation ?? 1)
        if (ask) {
          ask = false
          break
        }
        const end = await afterAttempt(port, await port.attempt('make'))
        if (end !== undefined) return end
        break
      }
      case 'started': {
        await port.until(row.retryAt ?? 0)
        if (await isStillHeldBack(port, row)) break
        const askedAt = port.now()
        const answer: Answer = port.asks ? await port.attempt('probe') : { kind: 'safe to repeat' }
        const end = await afterQuestion(port, answer, { row, askedAt })
        if (end !== undefined) return end
        break
      }
      case 'in_doubt':
      case 'parked': {
        if (port.relinquished()) return { kind: 'withdrawn' } // The effect was started, so undo takes care of it.
        const letter = await port.letter()
        if (letter === undefined)
          return port.relinquished() ? { kind: 'withdrawn' } : { kind: 'parked', why: `${port.key} waits for a person` }
        const end = await afterLetter(port, letter)
        if (end !== undefined) return end
        break
      }
      case 'done':
      case 'refused':
        // Its result was written in the same commit; a key without one has been tampered with.
        throw new Error(`the effect ${port.key} is ${row.state} and its result is not on record`)
    }
  }
}

/** An undefined answer means: go on from what the ledger now says. */
async function afterAttempt(port: EffectPort, answer: Answer): Promise<EffectEnd | undefined> {
  switch (answer.kind) {
    case 'done':
      return settleDone(port, answer.value)
    case 'refused':
      return fail(port, answer.code, answer.why)
    case 'not made':
      return notMade(port, answer)
    case 'held back':
      return heldBack(port, 'not_made', answer)
    default:
      return undefined // The attempt stays started: the next turn asks about it.
  }
}

async function afterQuestion(
  port: EffectPort,
  answer: Answer,
  { row, askedAt }: { readonly row: EffectRow; readonly askedAt: Instant },
): Promise<EffectEnd | undefined> {
  switch (answer.kind) {
    case 'done':
      return settleDone(port, answer.value)
    case 'safe to repeat':
      // Nothing of it has left the house: without a result it has not happened.
      if (!port.asks) return again(port, 'it is made together with its result')
      return repeated(port, row)
    case 'never': {
      const countsAt = row.deadlineAt + answer.settlingMs
      // However late it is heard, the answer is of a moment soon after the question, when the vendor may still have been about to act.
      if (askedAt >= countsAt) return again(port, 'the other side has never heard of it')
      await port.until(countsAt)
      return undefined
    }
    case 'unknown':
    case 'refused':
      if (port.whenInDoubt !== undefined && countedAttempts(row) < port.retry.attempts) return repeated(port, row)
      await port.settle({ state: 'in_doubt', problem: `${answer.code}: ${answer.why}` })
      return undefined
    case 'not made':
      await notAsked(port, answer, row)
      return undefined
    case 'held back':
      return heldBack(port, 'started', answer, row.held)
  }
}

async function afterLetter(port: EffectPort, letter: Letter): Promise<EffectEnd | undefined> {
  if (letter.kind === 'sighting') {
    await port.settle({ state: 'started', letter })
    return undefined
  }
  const resolution = JSON.parse(letter.payload) as Resolution // written by `resolveEffect`, which parsed it
  switch (resolution.outcome) {
    case 'happened': {
      const outcome = port.outcome('value', resolution.output)
      await port.settle({ state: 'done', outcome, letter })
      return outcome
    }
    case 'never': {
      const row = port.row()
      await port.settle({ state: 'never', letter })
      if (row === undefined || port.relinquished()) return undefined
      await port.start(row.attempt + 1, row.generation + 1)
      return afterAttempt(port, await port.attempt('make'))
    }
    case 'abandon': {
      const outcome = port.failure('ABANDONED', `given up by ${resolution.by}`)
      await port.settle({ state: 'refused', outcome, letter })
      return outcome
    }
  }
}

async function settleDone(port: EffectPort, value: unknown): Promise<EffectEnd> {
  const outcome = keepable(port, value)
  await port.settle({ state: 'done', outcome })
  return outcome
}

/** What happened has happened, also when its answer is more than a flow may carry: the effect is done and its step has failed. */
function keepable(port: EffectPort, value: unknown): RecordedOutcome {
  try {
    return port.outcome('value', value)
  } catch (error) {
    if (error instanceof ValueTooLarge)
      return port.failure(error.code, `it happened, and its answer cannot be kept: ${error.message}`)
    throw error
  }
}

async function again(port: EffectPort, why: string): Promise<undefined> {
  await port.settle({ state: 'never', problem: why })
  return undefined
}

/**
 * The question itself did not get through. Between two of them the run may be unloaded, so how long to wait follows from what is on
 * record: as long again as it has been asked in vain.
 */
async function notAsked(
  port: EffectPort,
  answer: Extract<Answer, { kind: 'not made' }>,
  row: EffectRow,
): Promise<void> {
  // While the question was held back nobody asked.
  const inVainMs = Math.max(0, port.now() - Math.max(row.deadlineAt, row.retryAt ?? 0))
  if (inVainMs >= ASKED_MS_MAX) return port.settle({ state: 'in_doubt', problem: `${answer.code}: ${answer.why}` })
  const waitMs = Math.max(
    approximateMs(port.retry.firstWait),
    Math.min(inVainMs, approximateMs(port.retry.longestWait)),
  )
  await port.until(port.now() + (answer.retryAfterMs ?? waitMs))
}

/**
 * Makes it once more where that does no harm. That it may be repeated does not say that it never happened, so the attempt before
 * stays started until then: whoever takes it back must find it.
 */
async function repeated(port: EffectPort, row: EffectRow): Promise<EffectEnd | undefined> {
  if (port.relinquished()) return { kind: 'withdrawn' }
  const attempt = row.attempt + 1
  await port.start(attempt, row.generation)
  const answer = await port.attempt('make')
  if (answer.kind === 'held back') return heldBack(port, 'started', answer)
  if (answer.kind !== 'refused' && answer.kind !== 'not made') return afterAttempt(port, answer)
  // That this attempt made nothing says nothing of the one before, which may have, or may yet.
  if (answer.kind === 'not made' && attempt - row.held < port.retry.attempts)
    await port.until(port.now() + (answer.retryAfterMs ?? backoffMs(port.retry, attempt, port.key)))
  else await port.settle({ state: 'in_doubt', problem: `${answer.code}: ${answer.why}` })
  return undefined
}

async function notMade(
  port: EffectPort,
  answer: Extract<Answer, { kind: 'not made' }>,
): Promise<EffectEnd | undefined> {
  const row = port.row()
  const attempt = row === undefined ? 1 : countedAttempts(row)
  if (attempt >= port.retry.attempts)
    return fail(port, answer.code, `given up after ${attempt} attempts: ${answer.why}`)
  const waitMs = answer.retryAfterMs ?? backoffMs(port.retry, attempt, port.key)
  await port.settle({ state: 'not_made', waitMs, problem: `${answer.code}: ${answer.why}` })
  return undefined
}

type HeldBackAnswer = Extract<Answer, { kind: 'held back' }>

/**
 * Nothing was tried, so what is known of the effect stays as it is. The attempt keeps its number, which fences those before it, and
 * is counted apart; `held` is given where no attempt was begun for it, as for a question.
 */
async function heldBack(
  port: EffectPort,
  state: 'not_made' | 'started',
  { code, why, retryAfterMs }: HeldBackAnswer,
  held = (port.row()?.held ?? 0) + 1,
): Promise<undefined> {
  await port.settle({ state, waitMs: retryAfterMs, problem: `${code}: ${why}`, held })
  return undefined
}

/** Looks again after a wait, without a word in the ledger: a pause may last for weeks. */
async function isStillHeldBack(port: EffectPort, row: EffectRow | undefined): Promise<boolean> {
  if (row === undefined || row.retryAt === null) return false
  const waitMs = await port.heldBackMs()
  if (waitMs !== undefined) await port.until(port.now() + waitMs)
  return waitMs !== undefined
}

/** How many attempts of the step's own there were. */
const countedAttempts = ({ attempt, held }: EffectRow): number => attempt - held

async function fail(port: EffectPort, code: string, why: string): Promise<EffectEnd | undefined> {
  switch (port.onFailure) {
    case 'record': {
      const outcome = port.failure(code, why)
      await port.settle({ state: 'refused', outcome, problem: `${code}: ${why}` })
      return outcome
    }
    case 'park':
      await port.settle({ state: 'parked', problem: `${code}: ${why}` })
      return undefined
    case 'stop':
      await port.settle({ state: 'not_made', problem: `${code}: ${why}` })
      return { kind: 'stopped', why: `${code}: ${why}` }
  }
}
