import { canonical } from '../../flow/canonical.ts'
import { UNDO_PARKED } from '../../flow/drive.ts'
import { isOutside } from '../../flow/effect.ts'
import { Stuck } from '../../flow/endings.ts'
import type { Outcome, RecordedOutcome, StepOperation, UndoOperation } from '../../flow/host.ts'
import type { FullContext, Step } from '../../flow/step.ts'
import { newReceiptId } from '../../ledger/ids.ts'
import { storableText } from '../../ledger/database/storable-text.ts'
import type { EffectRow, Letter, LoadedRun } from '../../ledger/load-runs.ts'
import type { RareWrite } from '../../ledger/patch.ts'
import { digestOf, digestOfText } from '../digest.ts'
import { checkSize } from '../limits.ts'
import { type EffectPort, makeEffect, type Settled } from '../outside-effect.ts'
import { subjectDigest } from '../task-request.ts'
import { type Alarms, NEVER } from './alarms.ts'
import { type Attempt, attempt, timeoutMs } from './attempt.ts'
import { consume, type LetterBox } from './letter-box.ts'
import { noted, type Writes } from './outbox.ts'
import type { RunMemory } from './run-memory.ts'
import type { RunWriter } from './run-writer.ts'
import type { SessionParts } from './session-parts.ts'

type StepOrUndo = StepOperation | UndoOperation
type Work = (ctx: FullContext) => Promise<unknown>

export interface EffectsParts {
  readonly loaded: LoadedRun
  readonly parts: SessionParts
  readonly memory: RunMemory
  readonly writer: RunWriter
  readonly letters: LetterBox
  readonly alarms: Alarms
  /** The record of a settled operation, with its audit row. */
  readonly settled: (
    operation: StepOrUndo,
    outcome: RecordedOutcome,
    rare: readonly RareWrite[],
    what?: string,
  ) => Writes
}

interface How {
  readonly onFailure: EffectPort['onFailure']
  /** Whether an effect in doubt is waited for, or left to a person while others go on. */
  readonly waits: boolean
  /** An attempt that was made already. */
  readonly first?: Attempt | undefined
}

/** The steps of a session, what they have started outside, and how it is taken back. */
export class RunEffects {
  readonly #of: EffectsParts
  readonly #rows: Map<string, EffectRow>
  readonly #relinquished = new Set<string>()
  #startedSeq: number

  constructor(of: EffectsParts) {
    this.#of = of
    this.#rows = new Map(of.loaded.effects.map((effect) => [effect.key, effect]))
    this.#startedSeq = of.loaded.effects.reduce((highest, { startedSeq }) => Math.max(highest, startedSeq), 0)
  }

  /** Started effects under a path that have an undo, latest start first. */
  undoable(path: string): readonly { readonly key: string; readonly name: string }[] {
    return [...this.#rows.values()]
      .filter(
        ({ key, undoable, state }) =>
          undoable && key.startsWith(path) && (state === 'started' || state === 'done' || state === 'in_doubt'),
      )
      .toSorted((one, other) => other.startedSeq - one.startedSeq)
      .map(({ key, step }) => ({ key, name: step }))
  }

  relinquish(key: string): void {
    this.#relinquished.add(key)
    this.#of.alarms.ringFor(key)
  }

  async step(operation: StepOperation, step: Step): Promise<Outcome> {
    if (isOutside(step.effect) || this.#rows.has(operation.key)) return this.#make(operation, step)
    const made = await this.#attempt(operation, step, 'make', performing(step, operation.input))
    // A failure is rare: it goes the durable way, so that attempts are counted and a long wait costs no memory.
    if (made.text === undefined) return this.#make(operation, step, made)
    const outcome = this.#of.memory.outcomeOf(made.text, this.#now())
    const start = step.reversal.kind === 'undo' ? [this.#startOf(operation, step, 1, 1, 'done')] : []
    this.#of.writer.add(this.#of.settled(operation, outcome, [...start, ...keeps(operation.key, made)]))
    return outcome
  }

  async #make(operation: StepOperation, step: Step, first?: Attempt): Promise<Outcome> {
    const onFailure = operation.afterPivot || this.#of.writer.pivoted ? 'stop' : 'record'
    const end = await makeEffect(
      this.#port(operation, step, performing(step, operation.input), { onFailure, waits: true, first }),
    )
    switch (end.kind) {
      case 'withdrawn':
        return { kind: 'withdrawn', at: this.#now() }
      case 'stopped':
      case 'parked':
        throw new Stuck('STEP_FAILED', `${operation.key} failed after the pivot: ${end.why}`)
      default:
        return end
    }
  }

  /** First the effect is settled, if nobody knows yet what became of it; only one that happened is taken back. */
  async undo(operation: UndoOperation, step: Step): Promise<Outcome> {
    const original = this.#rows.get(operation.of)
    if (original === undefined) throw new Stuck('LANGUAGE_RULE', `there is no effect ${operation.of} to undo`)
    // The branch that was taking it back may have been given up meanwhile; whoever asks now has not.
    this.#relinquished.delete(operation.key)
    const became = original.state === 'done' ? 'done' : await this.#askAbout(original, step, operation)
    if (became === 'parked') return this.#parked(operation)
    if (became === 'never') return this.#nothingToUndo(operation)
    const input: unknown = JSON.parse(original.input)
    const result = this.#of.memory.recall(operation.of)?.value
    const reverting = async (ctx: FullContext) => {
      await step.revert(ctx, input, result)
      return null
    }
    const end = await makeEffect(this.#port(operation, step, reverting, { onFailure: 'park', waits: !operation.parks }))
    return end.kind === 'parked' || end.kind === 'withdrawn' || end.kind === 'stopped' ? this.#parked(operation) : end
  }

  #parked({ key }: UndoOperation): Outcome {
    return { kind: 'failed', value: { code: UNDO_PARKED, why: `${key} waits for a person` }, at: this.#now() }
  }

  async #nothingToUndo(operation: UndoOperation): Promise<Outcome> {
    const outcome = this.#outcome(operation, 'there was nothing to undo')
    this.#of.writer.add(this.#of.settled(operation, outcome, []))
    await this.#of.writer.barrier()
    return outcome
  }

  #isOff(key: string): boolean {
    const state = this.#rows.get(key)?.state
    return state === 'never' || state === 'not_made'
  }

  /** Settles an effect whose attempt was cut off. It is made again only where the other side refuses doubles. */
  async #askAbout(original: EffectRow, step: Step, { parks }: UndoOperation): Promise<'done' | 'never' | 'parked'> {
    const operation: StepOperation = {
      kind: 'step',
      key: original.key,
      name: original.step,
      input: JSON.parse(original.input),
      afterPivot: false,
    }
    const port = this.#port(operation, step, performing(step, operation.input), { onFailure: 'record', waits: !parks })
    const end = await makeEffect({
      ...port,
      whenInDoubt: undefined,
      // It is enough to know that it never happened. Where nobody can tell and a repeat does no harm, only a repeat makes sure.
      relinquished: () => this.#isOff(original.key),
      // Its branch has given it up, and its undo has not.
      letter: () => this.#letterFor(original.key, !parks, () => false),
    })
    if (end.kind === 'parked') return 'parked'
    return end.kind === 'value' ? 'done' : 'never'
  }

  #port(operation: StepOrUndo, step: Step, work: Work, how: How): EffectPort {
    const { key } = operation
    const { alarms } = this.#of
    let made = how.first
    let isFresh = made !== undefined
    return {
      key,
      retry: step.retry,
      whenInDoubt: step.whenInDoubt,
      onFailure: how.onFailure,
      asks: isOutside(step.effect),
      quarantined: this.#of.loaded.quarantined && isOutside(step.effect),
      row: () => this.#rows.get(key),
      now: () => this.#now(),
      start: (number, generation) => this.#start(operation, step, number, generation),
      attempt: async (mode) => {
        if (made === undefined || !isFresh) made = await this.#attempt(operation, step, mode, work)
        isFresh = false
        return made.answer
      },
      settle: (settled) => this.#settle(operation, step, settled, made),
      heldBackMs: () => this.#heldBackMs(step),
      until: (at) => alarms.until(at, key),
      letter: () => this.#letterFor(key, how.waits, () => this.#relinquished.has(key)),
      relinquished: () => this.#relinquished.has(key),
      outcome: (_kind, value) => this.#outcome(operation, value),
      failure: (code, why) => ({ kind: 'failed', value: { code, why }, at: this.#now() }),
    }
  }

  #attempt({ key, name }: StepOrUndo, step: Step, mode: 'make' | 'probe', work: Work): Promise<Attempt> {
    const { parts, loaded, writer } = this.#of
    const row = this.#rows.get(key)
    const of = {
      tenant: loaded.tenant,
      run: loaded.id,
      key,
      name,
      step,
      mode,
      generation: row?.generation ?? 1,
      deadlineAt: row?.deadlineAt,
    }
    return attempt(parts, of, work, () => writer.barrier())
  }

  async #heldBackMs({ effect }: Step): Promise<number | undefined> {
    const { parts, loaded } = this.#of
    for (const system of effect.systems) {
      const held = await parts.holdsBack?.({ tenant: loaded.tenant, run: loaded.id, system })
      if (held !== undefined) return held.retryAfterMs
    }
    return undefined
  }

  /** The barrier before anything leaves: the intent, its undo and every result it depends on, in one commit. */
  async #start(operation: StepOrUndo, step: Step, number: number, generation: number): Promise<void> {
    const before = this.#rows.get(operation.key)
    const start = this.#startOf(operation, step, number, generation, 'started')
    const audit = noted('effect.started', operation.key, before?.state ?? null, `attempt ${number}`)
    try {
      await this.#of.writer.barrier({ records: [], audits: [audit], rare: [start] })
    } catch (error) {
      if (before === undefined) this.#rows.delete(operation.key)
      else this.#rows.set(operation.key, before)
      throw error
    }
  }

  #startOf(
    operation: StepOrUndo,
    step: Step,
    number: number,
    generation: number,
    state: 'started' | 'done',
  ): RareWrite {
    const isUndo = operation.kind === 'undo'
    const input = isUndo ? null : operation.input
    const action = isOutside(step.effect) && !isUndo ? step.effect.action : null
    const known = this.#rows.get(operation.key)
    if (known === undefined) this.#startedSeq += 1
    const body = {
      key: operation.key,
      step: operation.name,
      of: isUndo ? operation.of : null,
      action,
      subject: action === null ? null : subjectDigest(input, step.subject),
      undoable: !isUndo && step.reversal.kind === 'undo',
      input: canonical(input),
      state,
      generation,
      attempt: number,
      timeout_ms: timeoutMs(step),
      started_seq: known?.startedSeq ?? this.#startedSeq,
    }
    checkSize(`the input of ${operation.key}`, body.input)
    this.#rows.set(operation.key, {
      ...body,
      startedSeq: body.started_seq,
      // The ledger counts from its commit, so never from an earlier moment: what is sent by this deadline is sent by the ledger's.
      deadlineAt: this.#now() + body.timeout_ms,
      retryAt: null,
      held: known?.held ?? 0,
    })
    return { op: 'effect.start', body }
  }

  async #settle(operation: StepOrUndo, step: Step, settled: Settled, made: Attempt | undefined): Promise<void> {
    const row = this.#rows.get(operation.key)
    if (row === undefined) throw new Stuck('LANGUAGE_RULE', `the effect ${operation.key} was never started`)
    const { state, waitMs, outcome, letter, held = row.held } = settled
    // What a vendor answered may hold anything.
    const problem = settled.problem === undefined ? null : storableText(settled.problem)
    const rare: RareWrite[] = [
      {
        op: 'effect.settle',
        body: { key: row.key, attempt: row.attempt, state, wait_ms: waitMs ?? null, problem, held },
      },
      ...(letter === undefined ? [] : [consume(letter, operation.key)]),
      ...(state === 'done' ? [...keeps(operation.key, made), ...this.#receipt(row, step, outcome)] : []),
    ]
    const audit = noted(`effect.${state}`, operation.key, row.state, state, problem)
    this.#of.writer.add(
      outcome === undefined
        ? { records: [], audits: [audit], rare }
        : this.#of.settled(operation, outcome, rare, `effect.${state}`),
    )
    this.#rows.set(operation.key, { ...row, state, held, retryAt: waitMs === undefined ? null : this.#now() + waitMs })
    await this.#of.writer.barrier()
  }

  #receipt(row: EffectRow, step: Step, outcome: RecordedOutcome | undefined): readonly RareWrite[] {
    if (!isOutside(step.effect)) return []
    const action = row.of === null ? step.effect.action : `undo ${step.effect.action}`
    const digests = { request_digest: digestOfText(row.input), result_digest: digestOf(outcome?.value) }
    return [
      { op: 'receipt', body: { id: newReceiptId(), key: row.key, action, ...digests, trace: this.#of.loaded.id } },
    ]
  }

  /** The next word about an effect: from the mailbox now, or when something comes. */
  async #letterFor(key: string, waits: boolean, relinquished: () => boolean): Promise<Letter | undefined> {
    for (;;) {
      const letter = this.#of.letters.takeFirst(
        ({ kind, name }) => (kind === 'resolution' || kind === 'sighting') && name === key,
      )
      if (letter !== undefined || !waits || relinquished()) return letter
      await this.#of.alarms.until(NEVER, key)
    }
  }

  #outcome(operation: StepOrUndo, value: unknown): RecordedOutcome {
    return this.#of.memory.outcome(operation, value, this.#now())
  }

  #now(): number {
    return this.#of.parts.clock.now()
  }
}

const performing =
  (step: Step, input: unknown): Work =>
  (ctx) =>
    step.perform(ctx, input)

const keeps = (key: string, made: Attempt | undefined): readonly RareWrite[] =>
  (made?.kept ?? []).map((record) => ({ op: 'keep', body: { ...record, key } }))
