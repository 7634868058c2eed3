/**
 * One run in memory: the host that its flow is driven over. It owns what the run has ready to write and everything the
 * flow is blocked on; it owns no connection, no timer of the process and no other run.
 *
 * driving   the flow runs; steps and calls are in flight
 * blocked   every branch waits: the session parks the run and is thrown away. A later session replays the record.
 * over      the run was parked, ended or is stuck, or another worker has it: nothing is written any more
 *
 * 1. At most one patch of the run is in flight, so that its records have no gaps.
 * 2. A result that is not durable stays inside: every outside effect, wait and ending is a barrier behind all before it.
 * 3. A deadline and a parking are decided on a mailbox that the ledger confirms in the same statement.
 */
import { setImmediate } from 'node:timers/promises'
import { canonical } from '../../flow/canonical.ts'
import { type Driven, drive, type Result, UNDO_PARKED } from '../../flow/drive.ts'
import { isOutside } from '../../flow/effect.ts'
import { Stuck } from '../../flow/endings.ts'
import type {
  ChoiceOperation,
  EndingOperation,
  Host,
  Operation,
  Outcome,
  RecordedOutcome,
  StepOperation,
  UndoOperation,
  WaitOperation,
} from '../../flow/host.ts'
import { parse } from '../../flow/schema.ts'
import type { Step } from '../../flow/step.ts'
import { after, type Calendar, type Instant } from '../../flow/time.ts'
import type { LedgerClock } from '../../ledger/clock.ts'
import type { GroupCommit } from '../../ledger/group-commit.ts'
import { newReceiptId, newTaskId } from '../../ledger/ids.ts'
import type { EffectRow, Letter, LoadedRun, Mailbox } from '../../ledger/load-runs.ts'
import type { NewRun, Next, RareWrite, RecordRow, Verdict } from '../../ledger/patch.ts'
import type { Definition } from '../definitions.ts'
import { digestOf, digestOfText } from '../digest.ts'
import { checkSize, RUN_BYTES_MAX } from '../limits.ts'
import { type EffectPort, makeEffect, type Settled } from '../outside-effect.ts'
import { authorisedBy, slotsOf, subjectDigest } from '../task-request.ts'
import { type Attempt, type AttemptParts, attempt, timeoutMs } from './attempt.ts'
import { isNothing, join, noted, nothing, type Writes } from './outbox.ts'
import { outcomeOf, type Settlement, settlementOf, type Waiting } from './waiting.ts'

export interface SessionParts extends AttemptParts {
  readonly groupCommit: GroupCommit
  readonly clock: LedgerClock
  /** The calendar of a tenant, as it is now: a deadline is counted once, when its wait opens. */
  readonly calendarOf: (tenant: string) => Promise<Calendar>
  /** `each`: a result is durable before the next step starts. `travelling`: results without outside effect go with the next barrier. */
  readonly durability: 'each' | 'travelling'
  readMailbox(session: RunSession): Promise<Mailbox>
  /** The session has something to do at another time than before, although it is not unloaded. */
  dueChanged(session: RunSession): void
}

/** How a session ends. */
export type SessionEnd =
  | { readonly kind: 'parked'; readonly due: Instant }
  | { readonly kind: 'ended'; readonly result: Result }
  | { readonly kind: 'stuck'; readonly code: string; readonly why: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'exists'; readonly run: string; readonly digest: string }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface Begin {
  readonly create: NewRun
  readonly idempotency: { readonly key: string; readonly digest: string } | undefined
}

interface Blocked extends Waiting {
  readonly settle: (outcome: Outcome) => void
}
interface Alarm {
  readonly at: Instant
  readonly ring: () => void
}

const NEVER: Instant = Number.MAX_SAFE_INTEGER

/** Thrown inside a session that may not write any more; nobody sees it. */
class Over extends Error {}

export class RunSession implements Host {
  readonly run: Host['run']
  readonly loaded: LoadedRun
  /** Settles when the run's creation is durable. */
  readonly created: Promise<void>
  readonly end: Promise<SessionEnd>
  readonly #definition: Definition
  readonly #parts: SessionParts
  readonly #records: Map<string, Omit<RecordRow, 'seq'>>
  /** What the ledger knows and the flow has not come to yet, by path: a branch is sequential, so it must come there first. */
  readonly #ahead: ReadonlyMap<string, Set<string>>
  readonly #effects: Map<string, EffectRow>
  readonly #openedWaits: Map<string, { readonly digest: string; readonly dueAt: number | null }>
  readonly #blocked = new Map<string, Blocked>()
  readonly #alarms = new Set<Alarm>()
  readonly #relinquished = new Set<string>()
  #letters: Letter[]
  #mailboxCount: number
  #create: NewRun | undefined
  #seq: number
  #batch: number
  #startedSeq: number
  #pivoted: boolean
  #bytes = 0
  #writes: Writes = nothing
  #sent: Promise<unknown> = Promise.resolve()
  #busy = 0
  #over = false
  #driven: Driven | undefined
  #cancelLetter: Letter | undefined
  #concluding = false
  #releasing: Extract<Next, { status: 'ready' }> | undefined
  #finish: (end: SessionEnd) => void = () => {}
  #confirmCreated: () => void = () => {}

  constructor(loaded: LoadedRun, definition: Definition, parts: SessionParts, begin?: Begin) {
    this.loaded = loaded
    this.run = { id: loaded.id, startedAt: loaded.createdAt }
    this.#definition = definition
    this.#parts = parts
    this.#records = new Map(loaded.records.map((record) => [record.key, record]))
    for (const { value } of loaded.records) this.#bytes += value.length
    this.#ahead = aheadOf(loaded)
    this.#effects = new Map(loaded.effects.map((effect) => [effect.key, effect]))
    this.#openedWaits = new Map(loaded.waits.map((wait) => [wait.key, wait]))
    this.#letters = [...loaded.mailbox.letters]
    this.#mailboxCount = loaded.mailbox.count
    this.#create = begin?.create
    this.#seq = loaded.seq
    this.#batch = loaded.batch
    this.#startedSeq = loaded.effects.reduce((highest, { startedSeq }) => Math.max(highest, startedSeq), 0)
    this.#pivoted = loaded.pivoted
    this.end = new Promise((resolve) => {
      this.#finish = (end) => {
        this.#over = true
        resolve(end)
      }
    })
    this.created = new Promise((resolve) => {
      this.#confirmCreated = resolve
    })
    if (begin !== undefined) this.#noteCreation(begin)
  }

  #noteCreation({ create, idempotency }: Begin): void {
    this.#add({
      records: [],
      audits: [
        {
          actor: create.requester,
          what: 'run.created',
          subject: this.run.id,
          old: null,
          new: `${create.workflow}@${create.version}`,
          why: null,
        },
      ],
      rare: idempotency === undefined ? [] : [{ op: 'idempotency', body: idempotency }],
    })
  }

  /** Calls the flow. Returns at once; `end` says how it went. */
  start(): void {
    const { workflow, manifest } = this.#definition
    const input: unknown = JSON.parse(this.loaded.input)
    this.#driven = drive(workflow.flow, manifest, this, input)
    this.#driven.result.then(
      (result) => this.#conclude(result),
      (error: unknown) => this.#break(error),
    )
    this.#readLetters()
    this.#look()
  }

  // — what a flow asks for ————————————————————————————————————————————————————————————————————————————————————————————

  recall(key: string): RecordedOutcome | undefined {
    const record = this.#records.get(key)
    if (record === undefined) return undefined
    return { kind: record.outcome, value: JSON.parse(record.value), at: record.at } as RecordedOutcome // written by #settled
  }

  async perform(operation: Operation): Promise<Outcome> {
    if (this.#over || this.#releasing !== undefined) return forever
    try {
      const known = this.#replay(operation)
      if (known !== undefined) return known
      return await (isWait(operation) ? this.#wait(operation) : this.#work(() => this.#carryOut(operation)))
    } catch (error) {
      // A flow must not be able to catch this and go on.
      await this.#break(error)
      return forever
    }
  }

  relinquish(key: string): void {
    this.#relinquished.add(key)
    this.#blocked.get(key)?.settle({ kind: 'withdrawn', at: this.#parts.clock.now() })
    for (const alarm of this.#alarms) alarm.ring()
  }

  undoable(path: string): readonly { readonly key: string; readonly name: string }[] {
    return [...this.#effects.values()]
      .filter(
        ({ key, undoable, of, state }) =>
          undoable &&
          of === null &&
          key.startsWith(path) &&
          (state === 'started' || state === 'done' || state === 'in_doubt'),
      )
      .sort((one, other) => other.startedSeq - one.startedSeq)
      .map(({ key, step }) => ({ key, name: step }))
  }

  // — what the engine tells ———————————————————————————————————————————————————————————————————————————————————————————

  /** Something came for the run, or time has passed. */
  async wake(): Promise<void> {
    if (this.#over) return
    await this.#work(async () => {
      this.#takeMailbox(await this.#parts.readMailbox(this))
    }).catch((error: unknown) => this.#fail(error))
  }

  /** Time has passed by the ledger's clock. */
  tick(): void {
    if (this.#over) return
    const now = this.#parts.clock.now()
    for (const alarm of this.#alarms) if (alarm.at <= now) alarm.ring()
    this.#readLetters()
    this.#look()
  }

  /** Starts nothing more, waits for what is in flight, and gives the run back for whoever is free. */
  release(): Promise<SessionEnd> {
    this.#releasing = { status: 'ready', due: this.#parts.clock.now() }
    this.#look()
    return this.end
  }

  /** Another worker holds the run: nothing more is written. */
  lose(): void {
    this.#finish({ kind: 'lost' })
  }

  /** When this session must be told that time has passed. */
  get due(): Instant {
    const waits = [...this.#blocked.values()].map(({ dueAt }) => dueAt ?? NEVER)
    const alarms = [...this.#alarms].map(({ at }) => at)
    return Math.min(NEVER, ...waits, ...alarms)
  }

  // — replay ——————————————————————————————————————————————————————————————————————————————————————————————————————————

  #replay(operation: Operation): Outcome | undefined {
    const { key } = operation
    const record = this.#records.get(key)
    const ahead = this.#ahead.get(pathOf(key))
    ahead?.delete(key)
    if (record === undefined) {
      const [expected] = (operation.kind === 'step' || isWait(operation) ? ahead : undefined) ?? []
      if (expected === undefined) return undefined
      throw differs(`the flow asks for ${operation.kind} "${key}", and the ledger has "${expected}" at this place`)
    }
    const asked = digestOfOperation(operation)
    if (record.kind !== operation.kind || record.name !== operation.name || record.digest !== asked) {
      throw differs(
        `at "${key}" the ledger has ${record.kind} ${record.name} asked with ${record.digest.slice(0, 12)}, and the flow now asks for ${operation.kind} ${operation.name} with ${asked.slice(0, 12)}`,
      )
    }
    return this.recall(key)
  }

  // — writing —————————————————————————————————————————————————————————————————————————————————————————————————————————

  #add(writes: Writes): void {
    this.#writes = join(this.#writes, writes)
  }

  /** Sends what is ready, after what is in flight. `extra` is written only together with an accepted guard. */
  #send(next: Next, guard: { readonly mailbox?: number; readonly extra?: Writes } = {}): Promise<Verdict> {
    const turn = this.#sent.then(async (): Promise<Verdict> => {
      if (this.#over) throw new Over()
      const ready = this.#writes
      const all = guard.extra === undefined ? ready : join(ready, guard.extra)
      if (next.status === 'running' && isNothing(all)) return { kind: 'written' }
      this.#writes = nothing
      const verdict = await this.#parts.groupCommit.commit(this.#patch(all, next, guard.mailbox))
      if (verdict.kind === 'written') this.#written(all)
      else this.#writes = join(ready, this.#writes)
      return verdict
    })
    this.#sent = turn.catch(() => undefined)
    return turn
  }

  #patch({ records, audits, rare }: Writes, next: Next, mailbox: number | undefined) {
    const { tenant, id, epoch } = this.loaded
    return {
      tenant,
      run: id,
      create: this.#create,
      epoch,
      batch: this.#batch + 1,
      seq: this.#seq + records.length,
      mailbox,
      pivoted: this.#pivoted,
      next,
      records: records.map((record, index) => ({ ...record, seq: this.#seq + index + 1 })),
      audits,
      rare,
    }
  }

  #written({ records }: Writes): void {
    this.#batch += 1
    this.#seq += records.length
    if (this.#create === undefined) return
    this.#create = undefined
    this.#confirmCreated()
  }

  /** Everything before is durable when this returns. */
  async #barrier(extra?: Writes): Promise<void> {
    const verdict = await this.#send({ status: 'running' }, extra === undefined ? {} : { extra })
    if (verdict.kind !== 'written') await this.#refused(verdict)
  }

  async #refused(verdict: Exclude<Verdict, { kind: 'written' }>): Promise<never> {
    switch (verdict.kind) {
      case 'not authorised':
        throw new Stuck('NOT_AUTHORISED', verdict.why)
      case 'refused':
        this.#writes = nothing
        throw new Stuck('NOT_STORABLE', `the ledger cannot keep what the run wants to write: ${verdict.why}`)
      case 'exists':
        this.#finish({ kind: 'exists', run: verdict.run, digest: verdict.digest })
        throw new Over()
      case 'fenced':
      case 'mailbox':
        this.lose()
        throw new Over()
    }
  }

  /** The record of a settled operation, and its audit row. From here on the operation has this answer for ever. */
  #settled(
    operation: Operation,
    outcome: RecordedOutcome,
    rare: readonly RareWrite[] = [],
    what = `${operation.kind}.${outcome.kind}`,
  ): Writes {
    const value = canonical(outcome.value)
    checkSize(`the result of ${operation.key}`, value)
    this.#bytes += value.length
    if (this.#bytes > RUN_BYTES_MAX)
      throw new Stuck('TOO_LARGE', `the results of the run have ${this.#bytes} bytes and may have ${RUN_BYTES_MAX}`)
    const { kind, key, name } = operation
    const record = {
      key,
      kind,
      name,
      digest: digestOfOperation(operation),
      outcome: outcome.kind,
      value,
      at: outcome.at,
    }
    this.#records.set(key, record)
    if (this.#isPivot(operation, outcome)) this.#pivoted = true
    return { records: [record], audits: [noted(what, key, null, digestOfText(value))], rare }
  }

  #isPivot({ kind, name }: Operation, outcome: RecordedOutcome): boolean {
    const { steps, signals } = this.#definition.manifest
    return (
      outcome.kind === 'value' &&
      ((kind === 'step' && steps[name]?.pivot === true) || (kind === 'signal' && signals[name]?.pivot === true))
    )
  }

  // — steps, undo, choices, endings ———————————————————————————————————————————————————————————————————————————————————

  async #carryOut(operation: Exclude<Operation, WaitOperation>): Promise<Outcome> {
    switch (operation.kind) {
      case 'step':
        return this.#step(operation, this.#definedStep(operation.name))
      case 'undo':
        return this.#undo(operation, this.#definedStep(operation.name))
      case 'choice':
        return this.#choose(operation)
      case 'ending':
        return this.#unwind(operation)
    }
  }

  #definedStep(name: string): Step {
    const step = this.#definition.workflow.steps[name]
    if (step === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no step ${name}`)
    return step
  }

  async #step(operation: StepOperation, step: Step): Promise<Outcome> {
    const before = this.#effects.get(operation.key)
    if (isOutside(step.effect) || before !== undefined) return this.#effect(operation, step)
    const startedAt = performance.now()
    const made = await this.#attempt(operation.key, operation.name, step, 'make', undefined, (ctx) =>
      step.perform(ctx, operation.input),
    )
    // A failure is rare: it goes the durable way, so that attempts are counted and a long wait costs no memory.
    if (made.answer.kind !== 'done') return this.#effect(operation, step, made)
    const outcome = this.#recorded(operation, made.answer.value)
    this.#add(this.#settled(operation, outcome, this.#insideWrites(operation, step, made)))
    if (this.#parts.durability === 'each') await this.#barrier()
    else if (performance.now() - startedAt > SLOW_STEP_MS || this.#writes.records.length > TRAVELLERS_MAX) this.#hurry()
    return outcome
  }

  /** What a step leaves behind inside: records, and the undo that goes with them. */
  #insideWrites(operation: StepOperation, step: Step, { kept }: Attempt): readonly RareWrite[] {
    const undoable = step.reversal.kind === 'undo'
    const start = undoable ? [this.#startOf(operation, step, { attempt: 1, generation: 1, state: 'done' })] : []
    return [...start, ...keeps(operation.key, kept)]
  }

  /** Results that took long to make, or many, are written without anybody waiting. */
  #hurry(): void {
    this.#barrier().catch((error: unknown) => this.#break(error))
  }

  #recorded(operation: Operation, value: unknown): RecordedOutcome {
    const text = canonical(value)
    checkSize(`the result of ${operation.key}`, text)
    // Live and replay cannot differ: the flow is given what the ledger would give back.
    return { kind: 'value', value: JSON.parse(text), at: this.#parts.clock.now() }
  }

  async #choose(operation: ChoiceOperation): Promise<Outcome> {
    const outcome = this.#recorded(operation, operation.input)
    for (const path of operation.closes) this.#forgetWaits(path)
    this.#add(
      this.#settled(
        operation,
        outcome,
        operation.closes.map((prefix) => ({ op: 'waits.withdraw', body: { prefix } })),
      ),
    )
    await this.#barrier()
    return outcome
  }

  async #unwind(operation: EndingOperation): Promise<Outcome> {
    const outcome = this.#recorded(operation, operation.input)
    this.#forgetWaits('')
    const rare: RareWrite[] = [{ op: 'waits.withdraw', body: { prefix: '' } }]
    if (this.#cancelLetter !== undefined) rare.push(consume(this.#cancelLetter, operation.key))
    this.#add(this.#settled(operation, outcome, rare, 'run.ending'))
    await this.#barrier()
    return outcome
  }

  #forgetWaits(prefix: string): void {
    for (const key of [...this.#openedWaits.keys()]) if (key.startsWith(prefix)) this.#openedWaits.delete(key)
  }

  // — effects —————————————————————————————————————————————————————————————————————————————————————————————————————————

  /** An attempt that was already made inside, and failed, is taken as the first. */
  async #effect(operation: StepOperation, step: Step, first?: Attempt): Promise<Outcome> {
    const work = (ctx: Parameters<Step['perform']>[0]) => step.perform(ctx, operation.input)
    const port = this.#port(operation, step, work, {
      onFailure: operation.afterPivot || this.#pivoted ? 'stop' : 'record',
      waits: true,
      first,
    })
    const end = await makeEffect(port)
    switch (end.kind) {
      case 'withdrawn':
        return { kind: 'withdrawn', at: this.#parts.clock.now() }
      case 'stopped':
      case 'parked':
        throw new Stuck('STEP_FAILED', `${operation.key} failed after the pivot: ${end.why}`)
      default:
        return end
    }
  }

  /** First the effect is settled, if nobody knows yet what became of it; only one that happened is taken back. */
  async #undo(operation: UndoOperation, step: Step): Promise<Outcome> {
    const original = this.#effects.get(operation.of)
    if (original === undefined) throw new Stuck('LANGUAGE_RULE', `there is no effect ${operation.of} to undo`)
    if (original.state !== 'done') {
      const settled = await this.#askAbout(original, step, operation.parks)
      if (settled === 'parked') return this.#parked(operation)
      if (settled === 'never') {
        const outcome = this.#recorded(operation, 'there was nothing to undo')
        this.#add(this.#settled(operation, outcome))
        await this.#barrier()
        return outcome
      }
    }
    const input: unknown = JSON.parse(original.input)
    const result = this.recall(operation.of)?.value
    const work = async (ctx: Parameters<Step['revert']>[0]) => {
      await step.revert(ctx, input, result)
      return null
    }
    const end = await makeEffect(this.#port(operation, step, work, { onFailure: 'park', waits: !operation.parks }))
    return end.kind === 'parked' || end.kind === 'withdrawn' || end.kind === 'stopped' ? this.#parked(operation) : end
  }

  #parked({ key }: UndoOperation): Outcome {
    return {
      kind: 'failed',
      value: { code: UNDO_PARKED, why: `${key} waits for a person` },
      at: this.#parts.clock.now(),
    }
  }

  /** Settles an effect whose attempt was cut off, without ever making it again. */
  async #askAbout(original: EffectRow, step: Step, parks: boolean): Promise<'done' | 'never' | 'parked'> {
    const operation: StepOperation = {
      kind: 'step',
      key: original.key,
      name: original.step,
      input: JSON.parse(original.input),
      afterPivot: false,
    }
    const work = (ctx: Parameters<Step['perform']>[0]) => step.perform(ctx, operation.input)
    const end = await makeEffect({
      ...this.#port(operation, step, work, { onFailure: 'record', waits: !parks }),
      whenInDoubt: undefined,
      // Where it would be made again, it is enough to know that it never happened.
      relinquished: () => this.#effects.get(original.key)?.state !== 'in_doubt',
    })
    if (end.kind === 'withdrawn') return 'never'
    return end.kind === 'parked' ? 'parked' : end.kind === 'value' ? 'done' : 'never'
  }

  #port(
    operation: StepOperation | UndoOperation,
    step: Step,
    work: (ctx: Parameters<Step['perform']>[0]) => Promise<unknown>,
    how: { readonly onFailure: EffectPort['onFailure']; readonly waits: boolean; readonly first?: Attempt | undefined },
  ): EffectPort {
    const { key } = operation
    let { first } = how
    let kept: Attempt['kept'] = []
    return {
      key,
      retry: step.retry,
      whenInDoubt: step.whenInDoubt,
      onFailure: how.onFailure,
      asks: isOutside(step.effect),
      quarantined: this.loaded.quarantined && isOutside(step.effect),
      row: () => this.#effects.get(key),
      now: () => this.#parts.clock.now(),
      start: (attempt, generation) => this.#startEffect(operation, step, attempt, generation),
      attempt: async (mode) => {
        const made = first ?? (await this.#attempt(key, operation.name, step, mode, this.#effects.get(key), work))
        first = undefined
        kept = made.kept
        return made.answer
      },
      settle: (settled) => this.#settleEffect(operation, step, settled, kept),
      until: (at) => this.#until(at, key),
      letter: () => this.#letterFor(key, how.waits),
      relinquished: () => this.#relinquished.has(key),
      outcome: (_kind, value) => this.#recorded(operation, value),
      failure: (code, why) => ({ kind: 'failed', value: { code, why }, at: this.#parts.clock.now() }),
    }
  }

  #attempt(
    key: string,
    name: string,
    step: Step,
    mode: 'make' | 'probe',
    row: EffectRow | undefined,
    work: (ctx: Parameters<Step['perform']>[0]) => Promise<unknown>,
  ): Promise<Attempt> {
    const { tenant, id } = this.loaded
    return attempt(
      this.#parts,
      { tenant, run: id, key, name, step, mode, generation: row?.generation ?? 1, deadlineAt: row?.deadlineAt },
      work,
      () => this.#barrier(),
    )
  }

  #startOf(
    operation: StepOperation | UndoOperation,
    step: Step,
    how: { readonly attempt: number; readonly generation: number; readonly state: 'started' | 'done' },
  ): RareWrite {
    const undo = operation.kind === 'undo'
    const outside = isOutside(step.effect) && !undo ? step.effect : undefined
    const input = undo ? null : operation.input
    const known = this.#effects.get(operation.key)
    this.#startedSeq += known === undefined ? 1 : 0
    const body = {
      key: operation.key,
      step: operation.name,
      of: undo ? operation.of : null,
      action: outside?.action ?? null,
      subject: outside === undefined ? null : subjectDigest(input, step.subject),
      undoable: !undo && step.reversal.kind === 'undo',
      input: canonical(input),
      state: how.state,
      generation: how.generation,
      attempt: how.attempt,
      timeout_ms: timeoutMs(step),
      started_seq: known?.startedSeq ?? this.#startedSeq,
    } as const
    checkSize(`the input of ${operation.key}`, body.input)
    this.#effects.set(operation.key, {
      ...body,
      startedSeq: body.started_seq,
      deadlineAt: this.#parts.clock.now() + body.timeout_ms,
      retryAt: null,
    })
    return { op: 'effect.start', body }
  }

  /** The barrier before anything leaves: the intent, its undo and every result it depends on, in one commit. */
  async #startEffect(
    operation: StepOperation | UndoOperation,
    step: Step,
    attempt: number,
    generation: number,
  ): Promise<void> {
    const before = this.#effects.get(operation.key)
    const start = this.#startOf(operation, step, { attempt, generation, state: 'started' })
    try {
      await this.#barrier({
        records: [],
        audits: [noted('effect.started', operation.key, before?.state ?? null, `attempt ${attempt}`)],
        rare: [start],
      })
    } catch (error) {
      if (before === undefined) this.#effects.delete(operation.key)
      else this.#effects.set(operation.key, before)
      throw error
    }
    const row = this.#effects.get(operation.key)
    // The ledger counted the deadline from its own clock, at the latest now.
    if (row !== undefined)
      this.#effects.set(operation.key, { ...row, deadlineAt: this.#parts.clock.now() + timeoutMs(step) })
  }

  async #settleEffect(
    operation: StepOperation | UndoOperation,
    step: Step,
    settled: Settled,
    kept: Attempt['kept'],
  ): Promise<void> {
    const row = this.#effects.get(operation.key)
    if (row === undefined) throw new Stuck('LANGUAGE_RULE', `the effect ${operation.key} was never started`)
    const { state, waitMs, problem, outcome, letter } = settled
    const rare: RareWrite[] = [
      {
        op: 'effect.settle',
        body: { key: row.key, attempt: row.attempt, state, wait_ms: waitMs ?? null, problem: problem ?? null },
      },
      ...(letter === undefined ? [] : [consume(letter, operation.key)]),
      ...(state === 'done' ? [...keeps(operation.key, kept), ...this.#receipt(row, step, outcome)] : []),
    ]
    const audit = noted(`effect.${state}`, operation.key, row.state, state, problem ?? null)
    const writes: Writes =
      outcome === undefined
        ? { records: [], audits: [audit], rare }
        : this.#settled(operation, outcome, rare, `effect.${state}`)
    this.#effects.set(operation.key, {
      ...row,
      state,
      retryAt: waitMs === undefined ? null : this.#parts.clock.now() + waitMs,
    })
    this.#add(writes)
    await this.#barrier()
  }

  #receipt(row: EffectRow, step: Step, outcome: RecordedOutcome | undefined): readonly RareWrite[] {
    if (!isOutside(step.effect)) return []
    const { action } = step.effect
    const receipt = {
      id: newReceiptId(),
      key: row.key,
      action: row.of === null ? action : `undo ${action}`,
      request_digest: digestOfText(row.input),
      result_digest: digestOf(outcome?.value),
      trace: this.loaded.id,
    }
    return [{ op: 'receipt', body: receipt }]
  }

  /** The next word about an effect from the mailbox; without one the branch is blocked until something comes. */
  async #letterFor(key: string, waits: boolean): Promise<Letter | undefined> {
    for (;;) {
      const letter = this.#letters.find(
        ({ kind, name }) => (kind === 'resolution' || kind === 'sighting') && name === key,
      )
      if (letter !== undefined) {
        this.#letters = this.#letters.filter((other) => other !== letter)
        return letter
      }
      if (!waits || this.#relinquished.has(key)) return undefined
      await this.#until(NEVER, key)
    }
  }

  /** Blocks until the ledger's clock says so, or something came for the run. */
  async #until(at: Instant, key: string): Promise<void> {
    while (this.#parts.clock.now() < at && !this.#relinquished.has(key)) {
      this.#busy -= 1
      await new Promise<void>((resolve) => {
        const alarm: Alarm = {
          at,
          ring: () => {
            this.#alarms.delete(alarm)
            resolve()
          },
        }
        this.#alarms.add(alarm)
        this.#look()
      })
      this.#busy += 1
      if (at === NEVER) return
    }
  }

  // — waits ———————————————————————————————————————————————————————————————————————————————————————————————————————————

  async #wait(operation: WaitOperation): Promise<Outcome> {
    const dueAt = await this.#work(() => this.#openWait(operation))
    return new Promise<Outcome>((resolve) => {
      const settle = (outcome: Outcome) => {
        if (this.#blocked.delete(operation.key)) resolve(outcome)
      }
      this.#blocked.set(operation.key, { operation, dueAt, settle })
      if (this.#relinquished.has(operation.key)) settle({ kind: 'withdrawn', at: this.#parts.clock.now() })
      this.#readLetters()
      this.#look()
    })
  }

  async #openWait(operation: WaitOperation): Promise<Instant | undefined> {
    const digest = digestOfOperation(operation)
    const opened = this.#openedWaits.get(operation.key)
    if (opened !== undefined) {
      if (opened.digest !== digest)
        throw differs(`at "${operation.key}" the run waits for something else than the flow now asks for`)
      return opened.dueAt ?? undefined
    }
    const { key, kind, name, within, since } = operation
    const dueAt =
      within === undefined ? undefined : after(since, within, await this.#parts.calendarOf(this.loaded.tenant))
    const wait: RareWrite = {
      op: 'wait.open',
      body: { key, kind, name, digest, opened_ms: this.#parts.clock.now(), due_ms: dueAt ?? null },
    }
    const task = kind === 'gate' ? await this.#openTask(operation, digest, dueAt) : []
    this.#openedWaits.set(key, { digest, dueAt: dueAt ?? null })
    this.#add({ records: [], audits: [noted('wait.opened', key, null, kind)], rare: [wait, ...task] })
    return dueAt
  }

  async #openTask(
    { key, name, input, escalates }: WaitOperation,
    digest: string,
    dueAt: Instant | undefined,
  ): Promise<readonly RareWrite[]> {
    const gate = this.#definition.workflow.contract.gates[name]
    if (gate === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no gate ${name}`)
    const packet = canonical(await parse(gate.packet, input, `packet of ${name}`))
    checkSize(`the packet of ${key}`, packet)
    const task = {
      id: newTaskId(),
      key,
      gate: name,
      packet,
      digest,
      subject: subjectDigest(JSON.parse(packet), gate.subject),
      authorises: authorisedBy(gate, this.#definition.workflow.steps),
      slots: slotsOf(gate, input, escalates !== undefined),
      requester: this.loaded.requester,
      due_ms: dueAt ?? null,
      escalated_from: escalates ?? null,
    }
    return [{ op: 'task.open', body: task }]
  }

  #takeMailbox({ count, letters }: Mailbox): void {
    const seen = this.#mailboxCount
    this.#mailboxCount = Math.max(seen, count)
    this.#letters.push(...letters.filter(({ number }) => number > seen))
    for (const alarm of this.#alarms) if (alarm.at === NEVER) alarm.ring()
    this.#readLetters()
  }

  /** Settles what the letters and the clock allow. Letters are read in the order in which they came. */
  #readLetters(): void {
    const now = this.#parts.clock.now()
    const cancelAt = this.#letters.find(({ kind }) => kind === 'cancel')?.number ?? Number.MAX_SAFE_INTEGER
    const before = this.#letters.filter(({ number }) => number < cancelAt)
    for (const waiting of this.#blocked.values()) {
      const settlement = settlementOf(waiting, before, now)
      if (settlement !== undefined) this.#settleWait(waiting, settlement)
    }
    const cancel = this.#letters.find(({ kind }) => kind === 'cancel')
    if (cancel !== undefined && this.#cancelLetter === undefined) this.#cancel(cancel)
  }

  #settleWait(waiting: Blocked, settlement: Settlement): void {
    this.#blocked.delete(waiting.operation.key)
    if (settlement.kind === 'letter') this.#letters = this.#letters.filter((letter) => letter !== settlement.letter)
    this.#work(() => this.#writeSettlement(waiting, settlement)).catch((error: unknown) => this.#break(error))
  }

  async #writeSettlement(waiting: Blocked, settlement: Settlement): Promise<void> {
    const { operation } = waiting
    const outcome = outcomeOf(operation, settlement)
    const closed: RareWrite[] = [{ op: 'wait.close', body: { key: operation.key } }]
    if (settlement.kind === 'letter') {
      this.#add(
        this.#settled(operation, await this.#checked(operation, outcome), [
          ...closed,
          consume(settlement.letter, operation.key),
        ]),
      )
    } else if (!(await this.#writeExpiry(waiting, outcome, closed))) {
      return
    }
    this.#openedWaits.delete(operation.key)
    const recorded = this.recall(operation.key)
    // #blocked was left when the settlement was chosen, so the branch is told directly.
    this.#blocked.set(operation.key, waiting)
    if (recorded !== undefined) waiting.settle(recorded)
  }

  /** A deadline counts only if no letter came in time that this session has not seen: the ledger compares. */
  async #writeExpiry(waiting: Blocked, outcome: RecordedOutcome, closed: readonly RareWrite[]): Promise<boolean> {
    const { operation } = waiting
    const gate = operation.kind === 'gate' ? this.#definition.workflow.contract.gates[operation.name] : undefined
    const state = gate?.escalate !== undefined && operation.escalates === undefined ? 'escalated' : 'expired'
    const task: RareWrite[] =
      operation.kind === 'gate' ? [{ op: 'task.close', body: { key: operation.key, state } }] : []
    await this.#barrier()
    const extra = this.#settled(operation, outcome, [...closed, ...task])
    const verdict = await this.#send({ status: 'running' }, { mailbox: this.#mailboxCount, extra })
    if (verdict.kind === 'written') return true
    this.#records.delete(operation.key)
    if (verdict.kind !== 'mailbox') await this.#refused(verdict)
    this.#blocked.set(operation.key, waiting)
    this.#takeMailbox(await this.#parts.readMailbox(this))
    return false
  }

  /** A signal's payload was checked when it came in; it is checked again here, where the flow trusts it. */
  async #checked(operation: WaitOperation, outcome: RecordedOutcome): Promise<RecordedOutcome> {
    const signal = operation.kind === 'signal' ? this.#definition.workflow.contract.signals[operation.name] : undefined
    if (signal === undefined || outcome.kind !== 'value') return outcome
    return { ...outcome, value: await parse(signal.payload, outcome.value, `payload of ${operation.name}`) }
  }

  #cancel(letter: Letter): void {
    const { undo, why } = JSON.parse(letter.payload) as { readonly undo: boolean; readonly why: string } // written by sijil.cancel_run
    const { signals } = this.#definition.manifest
    const signed = this.#letters.some(
      ({ kind, name, number }) => kind === 'signal' && number < letter.number && signals[name]?.pivot === true,
    )
    if (undo && (this.#pivoted || signed)) {
      this.#letters = this.#letters.filter((other) => other !== letter)
      this.#add({
        records: [],
        audits: [noted('run.cancel_refused', this.run.id, null, null, 'the pivot came first')],
        rare: [consume(letter, 'cancel')],
      })
      this.#readLetters()
      return
    }
    this.#cancelLetter = letter
    this.#driven?.cancel({ why, undo })
  }

  // — the end —————————————————————————————————————————————————————————————————————————————————————————————————————————

  async #work<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await work()
    } catch (error) {
      if (error instanceof Over) return await forever
      throw error
    } finally {
      this.#busy -= 1
      this.#look()
    }
  }

  /**
   * Once the flow has had its turn: when nothing is in flight, every branch waits, and the run can be unloaded. While something
   * is, what became visible meanwhile (a task) is written, and the engine learns when time matters.
   */
  #look(): void {
    void setImmediate().then(() => {
      if (this.#over || this.#concluding) return
      const waits = this.#blocked.size > 0 || this.#alarms.size > 0
      if (this.#busy > 0) {
        if (waits) this.#parts.dueChanged(this)
        if (waits && !isNothing(this.#writes)) this.#hurry()
      } else if (waits || this.#releasing !== undefined) {
        this.#work(() => this.#park()).catch((error: unknown) => this.#break(error))
      } else {
        void this.#break(
          new Stuck(
            'LANGUAGE_RULE',
            'the flow waits for something that is not of the flow: a timer, a promise of its own, another service',
          ),
        )
      }
    })
  }

  async #park(): Promise<void> {
    if (this.#releasing !== undefined) {
      const verdict = await this.#send(this.#releasing)
      if (verdict.kind !== 'written') await this.#refused(verdict)
      return this.#finish({ kind: 'parked', due: this.#releasing.due })
    }
    const { due } = this
    if (due <= this.#parts.clock.now()) {
      this.tick()
      return
    }
    const verdict = await this.#send({ status: 'waiting', due }, { mailbox: this.#mailboxCount })
    if (verdict.kind === 'written') this.#finish({ kind: 'parked', due })
    else if (verdict.kind === 'mailbox') this.#takeMailbox(await this.#parts.readMailbox(this))
    else await this.#refused(verdict)
  }

  async #conclude(result: Result): Promise<void> {
    this.#concluding = true
    try {
      const verdict = await this.#send(await this.#ending(result))
      if (verdict.kind === 'written') this.#finish({ kind: 'ended', result })
      else await this.#refused(verdict)
    } catch (error) {
      await this.#break(error)
    }
  }

  async #ending(result: Result): Promise<Next> {
    const completed = result.outcome === 'completed'
    const value = completed
      ? canonical(await parse(this.#definition.workflow.contract.output, result.value, 'result of the workflow'))
      : 'null'
    checkSize('the result of the workflow', value)
    const outcome = completed ? 'completed' : result.ending
    const why = completed ? null : result.why
    this.#add({ records: [], audits: [noted('run.ended', this.run.id, null, outcome, why)], rare: [] })
    return { status: 'ended', outcome, undo: completed ? 'nothing' : result.undo, result: value, why }
  }

  /** The flow threw: the run is stuck with a reason, or this session has nothing to say any more. */
  async #break(error: unknown): Promise<void> {
    if (this.#over || error instanceof Over) return
    this.#concluding = true
    const stuck =
      error instanceof Stuck
        ? error
        : new Stuck('FLOW_THREW', error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    try {
      this.#add({ records: [], audits: [noted('run.stuck', this.run.id, null, stuck.code, stuck.message)], rare: [] })
      const verdict = await this.#send({ status: 'stuck', code: stuck.code, why: stuck.message })
      if (verdict.kind === 'written') this.#finish({ kind: 'stuck', code: stuck.code, why: stuck.message })
      else await this.#refused(verdict)
    } catch (failure) {
      this.#fail(failure)
    }
  }

  /** The ledger is closed or broken: what was not written is done again by whoever takes the run over. */
  #fail(error: unknown): void {
    if (!this.#over && !(error instanceof Over)) this.#finish({ kind: 'failed', error })
  }
}

/** A step that took longer than this has its result written at once, in milliseconds. */
const SLOW_STEP_MS = 50
/** How many results may wait for the next barrier. */
const TRAVELLERS_MAX = 64

const isWait = (operation: Operation): operation is WaitOperation =>
  operation.kind === 'gate' || operation.kind === 'signal' || operation.kind === 'sleep'

/** What a session that is over answers: nothing, ever. */
const forever = new Promise<never>(() => {})

const pathOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

function aheadOf({ records, waits, effects }: LoadedRun): ReadonlyMap<string, Set<string>> {
  const keys = [...records, ...waits, ...effects.filter(({ of }) => of === null)].map(({ key }) => key)
  return new Map([...Map.groupBy(keys, pathOf)].map(([path, of]) => [path, new Set(of)]))
}

const differs = (what: string): Stuck =>
  new Stuck(
    'REPLAY_DIFFERS',
    `${what}. The code of this version has changed since the run began, or branches share a variable. Restore the released code and retry, or cancel the run.`,
  )

const consume = ({ number }: Letter, key: string): RareWrite => ({ op: 'signal.consume', body: { number, key } })

const keeps = (key: string, kept: Attempt['kept']): readonly RareWrite[] =>
  kept.map((record) => ({ op: 'keep', body: { ...record, key } }))

/** What was asked: a replay must ask the same. The packet of a gate is what its deciders see, so this is its digest too. */
function digestOfOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'step':
    case 'gate':
    case 'choice':
    case 'ending':
      return digestOf(operation.input)
    case 'undo':
      return digestOf(operation.of)
    case 'signal':
    case 'sleep':
      return digestOf(operation.within)
  }
}
