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
import { type Driven, drive, type Result } from '../../flow/drive.ts'
import { Stuck } from '../../flow/endings.ts'
import {
  type ChoiceOperation,
  type EndingOperation,
  type Host,
  isWait,
  type Operation,
  type Outcome,
  type RecordedOutcome,
  type StepOperation,
  type WaitOperation,
} from '../../flow/host.ts'
import { parse } from '../../flow/schema.ts'
import type { Step } from '../../flow/step.ts'
import type { Instant } from '../../flow/time.ts'
import { storableText } from '../../ledger/database/storable-text.ts'
import type { Letter, LoadedRun } from '../../ledger/load-runs.ts'
import type { Next, RareWrite, RecordRow } from '../../ledger/patch.ts'
import type { Definition } from '../definitions.ts'
import { digestOfText } from '../digest.ts'
import { checkSize } from '../limits.ts'
import { Activity } from './activity.ts'
import { Alarms, NEVER } from './alarms.ts'
import { consume, LetterBox } from './letter-box.ts'
import { type OperationDigest, textOfOperation } from './operation-digest.ts'
import { noted, type Writes } from './outbox.ts'
import { RunEffects } from './run-effects.ts'
import { RunMemory } from './run-memory.ts'
import { RunWaits } from './run-waits.ts'
import { type Begin, HoldLost, KnownStart, RunWriter, Superseded } from './run-writer.ts'
import type { SessionParts } from './session-parts.ts'

/** How a session ends. */
export type SessionEnd =
  | { readonly kind: 'parked'; readonly due: Instant }
  /** Nothing is in flight here, and whoever calls the flow goes on; `due` is when the first of what is blocked asks again. */
  | { readonly kind: 'left'; readonly due: Instant }
  | { readonly kind: 'ended'; readonly result: Result }
  | { readonly kind: 'stuck'; readonly code: string; readonly why: string }
  | { readonly kind: 'lost' }
  /** Somebody else settled the same meanwhile: the ledger has the answer. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'exists'; readonly run: string; readonly digest: string }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Who calls the flow of a session. */
export interface Course {
  drive(host: Host): Driven
  /** When nothing is in flight: whether the run is left as it is to whoever calls the flow, and not parked. */
  leaves(now: Instant): boolean
  /** When whatever else the run waits for asks again; undefined when it waits for nothing else. */
  readonly dueElsewhere: Instant | undefined
  /** Bytes of results that are on record and were not loaded. */
  readonly heldBytes: number
  readonly digestOf: OperationDigest
  /** How many letters the run had when its flow was called; those that were loaded when undefined. */
  readonly since: number | undefined
}

export class RunSession implements Host {
  readonly run: Host['run']
  readonly loaded: LoadedRun
  readonly end: Promise<SessionEnd>
  readonly #definition: Definition
  readonly #parts: SessionParts
  readonly #course: Course
  readonly #activity = new Activity(() => this.#look())
  readonly #alarms: Alarms
  readonly #letters: LetterBox
  readonly #lettersAtStart: number
  readonly #memory: RunMemory
  readonly #writer: RunWriter
  readonly #effects: RunEffects
  readonly #waits: RunWaits
  #driven: Driven | undefined
  #cancelLetter: Letter | undefined
  /** The flow has had its say: only the end is left to write. */
  #concluding = false
  #releasing = false
  #over = false
  #finish: (end: SessionEnd) => void = () => {}

  constructor(
    loaded: LoadedRun,
    definition: Definition,
    parts: SessionParts,
    {
      begin,
      course = flowHere(loaded, definition),
    }: { readonly begin?: Begin | undefined; readonly course?: Course } = {},
  ) {
    this.loaded = loaded
    this.#course = course
    this.run = { id: loaded.id, startedAt: loaded.createdAt }
    this.#definition = definition
    this.#parts = parts
    this.#alarms = new Alarms(parts.clock, this.#activity)
    this.#letters = new LetterBox(loaded.mailbox)
    this.#lettersAtStart = course.since ?? this.#letters.count
    this.#memory = new RunMemory(loaded, course.digestOf, course.heldBytes)
    this.#writer = new RunWriter(loaded, parts.groupCommit, begin)
    const shared = { loaded, parts, writer: this.#writer, letters: this.#letters, settled: this.#settled.bind(this) }
    this.#effects = new RunEffects({ ...shared, memory: this.#memory, alarms: this.#alarms })
    this.#waits = new RunWaits({
      ...shared,
      definition,
      digestOf: course.digestOf,
      activity: this.#activity,
      readMailbox: () => this.#readMailbox(),
      unsettled: (key) => this.#memory.drop(key),
      broken: (error) => void this.#break(error),
    })
    this.end = new Promise((resolve) => {
      this.#finish = (end) => {
        this.#over = true
        this.#writer.close()
        resolve(end)
      }
    })
  }

  /** Settles when the run's creation is durable. */
  get created(): Promise<void> {
    return this.#writer.created
  }

  /** Calls the flow. Returns at once; `end` says how it went. */
  start(): void {
    this.#driven = this.#course.drive(this)
    this.#driven.result.then(
      (result) => this.#conclude(result),
      (error: unknown) => this.#break(error),
    )
    this.#read()
    this.#look()
  }

  // — what a flow asks for ————————————————————————————————————————————————————————————————————————————————————————————

  recall(key: string): RecordedOutcome | undefined {
    return this.#memory.recall(key)
  }

  undoable(path: string): readonly { readonly key: string; readonly name: string }[] {
    return this.#effects.undoable(path)
  }

  pivoted(path: string): boolean {
    return this.#writer.pivoted && this.#memory.under(path).some((record) => this.#isPivot(record))
  }

  relinquish(key: string): void {
    this.#effects.relinquish(key)
    this.#waits.relinquish(key)
  }

  async perform(operation: Operation): Promise<Outcome> {
    if (this.#over || this.#releasing) return forever
    try {
      const known = this.#memory.replay(operation)
      if (known !== undefined) return known
      if (isWait(operation)) return await this.#waits.wait(operation)
      return await this.#activity.work(() => this.#carryOut(operation))
    } catch (error) {
      // A flow must not be able to catch this and go on.
      await this.#break(error)
      return forever
    }
  }

  #carryOut(operation: Exclude<Operation, WaitOperation>): Promise<Outcome> {
    switch (operation.kind) {
      case 'step':
        return this.#step(operation)
      case 'undo':
        return this.#effects.undo(operation, this.#definedStep(operation.name))
      case 'choice':
        return this.#choose(operation)
      case 'ending':
        return this.#beginEnding(operation)
    }
  }

  async #step(operation: StepOperation): Promise<Outcome> {
    const most = this.#parts.durability === 'each' ? 0 : TRAVELLERS_MAX
    if (this.#writer.travelling > most) await this.#writer.barrier()
    const startedAt = performance.now()
    const outcome = await this.#effects.step(operation, this.#definedStep(operation.name))
    if (performance.now() - startedAt > SLOW_STEP_MS) this.#hurry()
    return outcome
  }

  #definedStep(name: string): Step {
    const step = this.#definition.workflow.steps[name]
    if (step === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no step ${name}`)
    return step
  }

  #choose(operation: ChoiceOperation): Promise<Outcome> {
    for (const path of operation.closes) this.#waits.forget(path)
    return this.#record(
      operation,
      operation.closes.map((prefix) => ({ op: 'waits.withdraw', body: { prefix } })),
    )
  }

  /** Entering undo closes every task and timer in the same commit, and takes the letter that asked for the end. */
  #beginEnding(operation: EndingOperation): Promise<Outcome> {
    this.#waits.forget('')
    const asked = this.#cancelLetter === undefined ? [] : [consume(this.#cancelLetter, operation.key)]
    return this.#record(operation, [{ op: 'waits.withdraw', body: { prefix: '' } }, ...asked])
  }

  async #record(operation: ChoiceOperation | EndingOperation, rare: readonly RareWrite[]): Promise<Outcome> {
    const outcome = this.#memory.outcome(operation, operation.input, this.#parts.clock.now())
    this.#writer.add(this.#settled(operation, outcome, rare))
    await this.#writer.barrier()
    return outcome
  }

  /** The record of a settled operation, and its audit row. From here on the operation has this answer. */
  #settled(
    operation: Operation,
    outcome: RecordedOutcome,
    rare: readonly RareWrite[],
    what = `${operation.kind}.${outcome.kind}`,
  ): Writes {
    const record = this.#memory.keep(operation, outcome)
    if (this.#isPivot(record)) this.#writer.pivoted = true
    return { records: [record], audits: [noted(what, operation.key, null, digestOfText(record.value))], rare }
  }

  #isPivot({ kind, name, outcome }: Omit<RecordRow, 'seq'>): boolean {
    const { steps, signals } = this.#definition.manifest
    const part = kind === 'step' ? steps[name] : kind === 'signal' ? signals[name] : undefined
    return outcome === 'value' && part?.pivot === true
  }

  // — what the engine tells ———————————————————————————————————————————————————————————————————————————————————————————

  /** Something came for the run. */
  async wake(): Promise<void> {
    if (this.#over) return
    try {
      await this.#activity.work(() => this.#readMailbox())
    } catch (error) {
      await this.#break(error)
    }
  }

  /** Time has passed by the ledger's clock. */
  tick(): void {
    if (this.#over) return
    this.#alarms.ringDue()
    this.#read()
    this.#look()
  }

  /** Another worker holds the run, or the process is gone as far as the ledger is concerned: nothing more is written. */
  lose(): void {
    this.#finish({ kind: 'lost' })
  }

  /** Starts nothing more, waits for what is in flight, and gives the run back for whoever is free. */
  release(): Promise<SessionEnd> {
    this.#releasing = true
    this.#look()
    return this.end
  }

  // — the mailbox —————————————————————————————————————————————————————————————————————————————————————————————————————

  async #readMailbox(): Promise<void> {
    this.#letters.add(await this.#parts.readMailbox(this.loaded))
    this.#alarms.ringForNews()
    this.#read()
  }

  /** Letters are read in the order in which they came: a wait is settled by what came before a request to end. */
  #read(): void {
    const cancel =
      this.#cancelLetter === undefined ? this.#letters.letters.find(({ kind }) => kind === 'cancel') : undefined
    this.#waits.read(cancel?.number)
    if (cancel !== undefined) this.#cancel(cancel)
  }

  /** After the pivot, also one whose letter is still unread, a run is not undone. */
  #cancel(letter: Letter): void {
    const { undo, why } = JSON.parse(letter.payload) as { readonly undo: boolean; readonly why: string } // written by sijil.cancel_run
    const { signals } = this.#definition.manifest
    const pivotCame = this.#letters.letters.some(
      ({ kind, name, number }) => kind === 'signal' && number < letter.number && signals[name]?.pivot === true,
    )
    if (undo && (this.#writer.pivoted || pivotCame)) {
      this.#letters.take(letter)
      this.#writer.add({
        records: [],
        audits: [noted('run.cancel_refused', this.run.id, null, null, 'the pivot came first')],
        rare: [consume(letter, 'refused')],
      })
      this.#read()
      return
    }
    this.#cancelLetter = letter
    this.#driven?.cancel({ why, undo })
  }

  // — the end —————————————————————————————————————————————————————————————————————————————————————————————————————————

  /**
   * Once the flow has had its turn: when nothing is in flight, every branch waits, and the run can be unloaded. While something
   * is, what became visible meanwhile (a task) is written, and the engine learns when time matters.
   */
  #look(): void {
    void setImmediate().then(() => {
      if (this.#over || this.#concluding) return
      const waits = this.#waits.areOpen || this.#alarms.areSet || this.#course.dueElsewhere !== undefined
      if (this.#activity.isIdle) this.#rest(waits)
      else {
        if (waits) this.#parts.arm(this.#due)
        if ((waits || this.#parts.durability === 'each') && this.#writer.hasReady) this.#hurry()
      }
    })
  }

  #rest(waits: boolean): void {
    if (this.#course.leaves(this.#parts.clock.now())) this.#then(() => this.#leave())
    else if (this.#releasing) this.#then(() => this.#giveBack())
    else if (waits) this.#then(() => this.#park())
    else {
      const why = 'the flow waits for something that is not of the flow: a timer, a promise of its own, another service'
      void this.#break(new Stuck('LANGUAGE_RULE', why))
    }
  }

  #then(work: () => Promise<void>): void {
    this.#activity.work(work).catch((error: unknown) => this.#break(error))
  }

  /** Results that took long to make, or many, are written without anybody waiting. */
  #hurry(): void {
    this.#writer.barrier().catch((error: unknown) => this.#break(error))
  }

  get #due(): Instant {
    return Math.min(this.#waits.next, this.#alarms.next, this.#course.dueElsewhere ?? NEVER)
  }

  async #park(): Promise<void> {
    const due = this.#due
    if (due <= this.#parts.clock.now()) return this.tick()
    if (await this.#writer.park({ status: 'waiting', due }, { mailbox: this.#letters.count }))
      this.#finish({ kind: 'parked', due })
    else await this.#readMailbox()
  }

  async #leave(): Promise<void> {
    await this.#writer.barrier()
    this.#finish({ kind: 'left', due: this.#due })
  }

  async #giveBack(): Promise<void> {
    const due = this.#parts.clock.now()
    await this.#writer.finish({ status: 'ready', due })
    this.#finish({ kind: 'parked', due })
  }

  async #conclude(result: Result): Promise<void> {
    if (this.#concluding) return // It became stuck meanwhile.
    this.#concluding = true
    try {
      await this.#writer.finish(await this.#ended(result))
      this.#finish({ kind: 'ended', result })
    } catch (error) {
      await this.#break(error)
    }
  }

  async #ended(result: Result): Promise<Extract<Next, { status: 'ended' }>> {
    if (result.outcome === 'completed' && this.#cancelLetter === undefined) this.#memory.assertReached()
    const outcome = result.outcome === 'completed' ? 'completed' : result.ending
    const why = result.outcome === 'completed' ? null : result.why
    const value =
      result.outcome === 'completed'
        ? await parse(this.#definition.workflow.contract.output, result.value, 'result of the workflow')
        : null
    const text = canonical(value)
    checkSize('the result of the workflow', text)
    this.#writer.add({ records: [], audits: [noted('run.ended', this.run.id, null, outcome, why)], rare: [] })
    return {
      status: 'ended',
      outcome,
      undo: result.outcome === 'completed' ? 'nothing' : result.undo,
      result: text,
      why,
    }
  }

  /** The run is stuck with a reason; or the session has lost it, or the ledger is gone: then whoever takes it over does it again. */
  async #break(error: unknown): Promise<void> {
    if (this.#over || this.#writer.isClosed) return
    this.#concluding = true
    if (error instanceof HoldLost) this.#finish({ kind: 'lost' })
    else if (error instanceof Superseded) this.#finish({ kind: 'superseded' })
    else if (error instanceof KnownStart) this.#finish({ kind: 'exists', run: error.run, digest: error.digest })
    else await this.#becomeStuck(error instanceof Stuck ? error : new Stuck('FLOW_THREW', describe(error)))
  }

  /** A person's word that came meanwhile found the run not stuck yet, and roused nobody: a new session reads it first. */
  async #becomeStuck({ code, message }: Stuck): Promise<void> {
    const why = storableText(message)
    const extra = { records: [], audits: [noted('run.stuck', this.run.id, null, code, why)], rare: [] }
    try {
      const spokenMeanwhile = this.#letters.letters.some(
        ({ kind, number }) => number > this.#lettersAtStart && (kind === 'resolution' || kind === 'cancel'),
      )
      const isStuck =
        !spokenMeanwhile &&
        (await this.#writer.park({ status: 'stuck', code, why }, { mailbox: this.#letters.count, extra }))
      if (isStuck) this.#finish({ kind: 'stuck', code, why })
      else await this.#giveBack()
    } catch (error) {
      this.#finish(error instanceof HoldLost ? { kind: 'lost' } : { kind: 'failed', error })
    }
  }
}

/** The flow is called by the session itself. */
const flowHere = ({ input }: LoadedRun, { workflow, manifest }: Definition): Course => ({
  drive: (host) => drive(workflow.flow, manifest, host, JSON.parse(input)),
  leaves: () => false,
  dueElsewhere: undefined,
  heldBytes: 0,
  digestOf: digestOfOperation,
  since: undefined,
})

/** SHA-256 of what was asked, in hex. */
export const digestOfOperation: OperationDigest = (operation) => digestOfText(textOfOperation(operation))

/** A step that took longer than this, in milliseconds, has its result written at once, and nobody waits for that. */
const SLOW_STEP_MS = 50
/** How many results may wait for the next barrier; then the flow waits too, so that one without end does not starve the others. */
const TRAVELLERS_MAX = 64

/** What a session that is over answers: nothing, ever. */
const forever = new Promise<never>(() => {})

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
