/**
 * The host of a flow in Temporal's sandbox. It remembers what the ledger knows, sends errands to workers for everything else,
 * and blocks on timers and news. It owns no truth: thrown away, it is made again from the ledger.
 */
import { condition } from '@temporalio/workflow'
import { canonical } from '../../../flow/canonical.ts'
import { Stuck } from '../../../flow/endings.ts'
import {
  type ChoiceOperation,
  type EndingOperation,
  type Host,
  isWait,
  type Operation,
  type Outcome,
  type RecordedOutcome,
  type StepOperation,
  type UndoOperation,
  type WaitOperation,
} from '../../../flow/host.ts'
import type { Instant } from '../../../flow/time.ts'
import { type Known, Recollection } from '../../run/recollection.ts'
import type { EffectFacts, Memory, OpenedWait, Report, RunRef } from '../wire.ts'
import { act, decide, wait } from './activities.ts'
import { bytesOf, digestOfOperation } from './digest.ts'

/** How the host of a flow came to its end before the flow did. */
export type Halt =
  | { readonly kind: 'fenced' | 'again' | 'stuck' }
  /** The flow cannot go on; nobody has written it down yet. */
  | { readonly kind: 'stop'; readonly why: Stuck }

type Done = Extract<Report, { kind: 'done' }>
type CancelRequest = Exclude<Done['cancel'], undefined>

interface Rest {
  /** Nothing of the run is in flight, and it waits for nothing that anybody knows of. */
  readonly isLost: boolean
  /** Nothing of the run is in flight, and it waits. */
  readonly isBlocked: boolean
}

interface Blocked {
  readonly operation: WaitOperation
  isOpen: boolean
  readonly settle: (outcome: Outcome) => void
}

interface Retry {
  /** By this workflow's clock. */
  readonly at: Instant
  /** Something came for it. */
  readonly isCalled: () => boolean
}

export class SandboxHost implements Host {
  readonly run: Host['run']
  halt: Halt | undefined
  readonly #ref: RunRef
  readonly #memory: Memory
  readonly #recollection: Recollection
  readonly #effects: Map<string, EffectFacts>
  readonly #blocked = new Map<string, Blocked>()
  readonly #relinquished = new Set<string>()
  /** Steps that are blocked. */
  readonly #retries = new Map<string, Retry>()
  #inFlight = 0
  #decisions = 0
  #isLooking = false
  #heldBytes: number
  /** How often something came, and how much of it the waits have seen. */
  #news = 0
  #seen = 0
  /** When, by this workflow's clock, a wait asks again by itself. */
  #dueAt: Instant = NEVER
  #isParked = false
  /** Seen when everything that could go on had gone on: in between, a branch that was answered has not asked for more yet. */
  #rested: Rest = { isLost: false, isBlocked: false }
  #cancel: CancelRequest | undefined
  #isCancelTaken = false

  constructor(ref: RunRef, memory: Memory, records: readonly Known[]) {
    this.#ref = ref
    this.#memory = memory
    this.run = { id: ref.run, startedAt: memory.startedAt }
    this.#recollection = new Recollection(records, memory.begun, digestOfOperation)
    this.#effects = new Map(memory.effects.map((effect) => [effect.key, effect]))
    this.#heldBytes = records.reduce((bytes, { value }) => bytes + bytesOf(value), 0)
  }

  /** Something came for the run. */
  hear(): void {
    this.#news += 1
  }

  // — what a flow asks for ————————————————————————————————————————————————————————————————————————————————————————————

  recall(key: string): RecordedOutcome | undefined {
    return this.#recollection.recall(key)
  }

  undoable(path: string): readonly { readonly key: string; readonly name: string }[] {
    return [...this.#effects.values()]
      .filter(({ key, isUndoable }) => isUndoable && key.startsWith(path))
      .toSorted((one, other) => other.startedSeq - one.startedSeq)
  }

  pivoted(path: string): boolean {
    const { steps, signals } = this.#memory.manifest
    return this.#recollection.under(path).some(({ kind, name, outcome }) => {
      const part = kind === 'step' ? steps[name] : kind === 'signal' ? signals[name] : undefined
      return outcome === 'value' && part?.pivot === true
    })
  }

  relinquish(key: string): void {
    this.#relinquished.add(key)
    const blocked = this.#blocked.get(key)
    if (blocked === undefined) return
    this.#blocked.delete(key)
    blocked.settle(this.#withdrawn())
  }

  assertReached(): void {
    this.#recollection.assertReached()
  }

  async perform(operation: Operation): Promise<Outcome> {
    if (this.halt !== undefined) return forever
    try {
      const known = this.#recollection.replay(operation)
      if (known !== undefined) return known
      if (isWait(operation)) return await this.#wait(operation)
      return await this.#carryOut(operation)
    } catch (error) {
      // A flow must not be able to catch this and go on.
      if (!(error instanceof Stuck)) throw error
      this.halt ??= { kind: 'stop', why: error }
      return forever
    }
  }

  #withdrawn(): Outcome {
    return { kind: 'withdrawn', at: Date.now() }
  }

  #wait(operation: WaitOperation): Promise<Outcome> {
    const { key } = operation
    if (this.#relinquished.has(key)) return Promise.resolve(this.#withdrawn())
    this.#isParked = false
    return new Promise((settle) => this.#blocked.set(key, { operation, isOpen: false, settle }))
  }

  async #carryOut(operation: StepOperation | UndoOperation | ChoiceOperation | EndingOperation): Promise<Outcome> {
    if (operation.kind === 'choice' || operation.kind === 'ending') {
      // A wait that is being opened meanwhile would be opened in a branch that is over.
      await condition(() => !this.#isLooking)
      this.#decisions += 1
      const report = await this.#errand(() => decide(this.#ref, operation))
      this.#decisions -= 1
      return this.#answered(operation, report)
    }
    // The branch that was taking it back may have been given up meanwhile; whoever asks now has not.
    if (operation.kind === 'undo') this.#relinquished.delete(operation.key)
    for (;;) {
      const news = this.#news
      const isRelinquished = this.#relinquished.has(operation.key)
      const how = { isRelinquished, heldBytes: this.#heldBytes }
      const report = await this.#errand(() => act(this.#ref, operation, how, this.#memory))
      const outcome = report.answers.find(({ key }) => key === operation.key)?.outcome
      if (outcome !== undefined) return this.#note(operation, outcome)
      await this.#untilNews(operation, report.askAgainMs, news, isRelinquished)
    }
  }

  /** A step that is blocked asks again when something comes, when its time has come, or when its branch gives it up. */
  async #untilNews(
    { key, name }: Operation,
    askAgainMs: number | null,
    news: number,
    wasRelinquished: boolean,
  ): Promise<void> {
    const isCalled = () => this.#news > news || (!wasRelinquished && this.#relinquished.has(key))
    this.#retries.set(key, { at: askAgainMs === null ? NEVER : Date.now() + askAgainMs, isCalled })
    await until(isCalled, askAgainMs, `${name} is tried again`)
    this.#retries.delete(key)
  }

  #answered(operation: Operation, report: Done): Outcome {
    const outcome = report.answers[0]?.outcome
    if (outcome === undefined) throw new Stuck('LANGUAGE_RULE', `${operation.key} was not answered`)
    return this.#note(operation, outcome)
  }

  #note(operation: Operation, outcome: Outcome): Outcome {
    if (outcome.kind === 'withdrawn') return outcome
    const { key, kind, name } = operation
    const value = canonical(outcome.value)
    this.#heldBytes += bytesOf(value)
    // What the loser of a race did is taken back once, and asked for again when everything is.
    const digest = digestOfOperation(operation)
    this.#recollection.add({ key, kind, name, digest, outcome: outcome.kind, value, at: outcome.at })
    return outcome
  }

  /** Sends an errand. Never settles when the run is over for this host. */
  async #errand(send: () => Promise<Report>): Promise<Done> {
    return (await this.#sent(send)) ?? forever
  }

  /** Undefined when the run is over for this host. */
  async #sent(send: () => Promise<Report>): Promise<Done | undefined> {
    this.#isParked = false
    this.#inFlight += 1
    const report = await send()
    this.#inFlight -= 1
    if (report.kind !== 'done') {
      this.halt ??= { kind: report.kind === 'ended' ? 'fenced' : report.kind }
      return undefined
    }
    for (const effect of report.effects) this.#effects.set(effect.key, effect)
    this.#cancel ??= report.cancel
    return report
  }

  // — waits ———————————————————————————————————————————————————————————————————————————————————————————————————————————

  /** A request to end that lies in the mailbox; given out once. */
  takeCancel(): CancelRequest | undefined {
    if (!this.hasCancel) return undefined
    this.#isCancelTaken = true
    return this.#cancel
  }

  /** One that has not been given out. */
  get hasCancel(): boolean {
    return this.#cancel !== undefined && !this.#isCancelTaken
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** Nobody will ever answer: when the host last came to rest it waited for nothing that anybody knows of. */
  get isLost(): boolean {
    return this.#rested.isLost
  }

  /** Everything is blocked, and the ledger says so. */
  get isParked(): boolean {
    return this.#isParked
  }

  get wantsLook(): boolean {
    if (this.halt !== undefined || this.#decisions > 0) return false
    if ([...this.#blocked.values()].some(({ isOpen }) => !isOpen)) return true
    if (this.#news > this.#seen) return true
    return this.#rested.isBlocked && !this.#isParked
  }

  /** Until something is to be looked at: news, a new wait, a deadline, the end, or everything has come to rest. */
  async untilLook(hasEnded: () => boolean): Promise<void> {
    const isOver = onceAtRest(() => {
      this.#rest()
      return hasEnded() || this.halt !== undefined || this.wantsLook || this.isLost || this.hasCancel
    })
    const askAgainMs = this.#dueAt >= NEVER ? null : this.#dueAt - Date.now()
    const isTime = await until(isOver, askAgainMs, `deadline of ${this.waitsFor.join(', ')}`)
    if (isTime) this.#news += 1
  }

  #rest(): void {
    const waits = this.#blocked.size + this.#retries.size > 0
    this.#rested = { isLost: this.isIdle && !waits, isBlocked: this.isIdle && waits && !this.#isAboutToAsk }
  }

  /** A step that was blocked is about to ask again: it is not in flight yet, and blocked no more. */
  get #isAboutToAsk(): boolean {
    const now = Date.now()
    return [...this.#retries.values()].some(({ at, isCalled }) => at <= now || isCalled())
  }

  get deal(): string | undefined {
    return this.#memory.deal
  }

  /** What people may be told the run waits for. */
  get waitsFor(): readonly string[] {
    const names = [...this.#blocked.values()].map(({ operation: { name } }) => this.#memory.titles[name] ?? name)
    return [...new Set([...names, ...this.#retries.keys()])]
  }

  /** Opens what is new, settles what letters and the clock allow, and parks the run when nothing goes on. */
  async look(): Promise<void> {
    const blocked = [...this.#blocked.values()]
    const news = this.#news
    const retryAt = Math.min(NEVER, ...[...this.#retries.values()].map(({ at }) => at))
    const parks = this.#rested.isBlocked
      ? { askAgainMs: retryAt >= NEVER ? null : Math.max(0, retryAt - Date.now()) }
      : undefined
    const waits = {
      opens: blocked.filter(({ isOpen }) => !isOpen).map(({ operation }) => operation),
      opened: blocked.filter(({ isOpen }) => isOpen).map(({ operation }) => light(operation)),
      parks,
    }
    this.#isLooking = true
    const report = await this.#sent(() => wait(this.#ref, waits, this.waitsFor))
    this.#isLooking = false
    if (report === undefined) return
    this.#seen = Math.max(this.#seen, news)
    this.#dueAt = report.askAgainMs === null ? NEVER : Date.now() + report.askAgainMs
    this.#isParked = parks !== undefined && report.answers.length === 0 && this.#cancel === undefined && this.isIdle
    for (const one of blocked) one.isOpen = true
    for (const { key, outcome } of report.answers) {
      const answered = this.#blocked.get(key)
      if (answered === undefined) continue
      this.#blocked.delete(key)
      answered.settle(this.#note(answered.operation, outcome))
    }
  }
}

/** Later than any clock. */
const NEVER: Instant = Number.MAX_SAFE_INTEGER
const forever = new Promise<never>(() => {})

/** Asked for the first time when everything that can go on now has gone on. */
function onceAtRest(test: () => boolean): () => boolean {
  let isAtOnce = true
  return () => {
    if (!isAtOnce) return test()
    isAtOnce = false
    return false
  }
}

/** True when the time is over. */
async function until(isOver: () => boolean, ms: number | null, summary: string): Promise<boolean> {
  if (ms !== null) return !(await condition(isOver, Math.min(Math.max(ms, TIMER_MS_MIN), TIMER_MS_MAX), { summary }))
  await condition(isOver)
  return false
}

/** A deadline by the ledger's clock may be a moment off by this one. */
const TIMER_MS_MIN = 20
/** What is further away is looked at again on the way. */
const TIMER_MS_MAX = 30 * 86_400_000

const light = ({ kind, key, name, within, since, escalates }: WaitOperation): OpenedWait => ({
  kind,
  key,
  name,
  within,
  since,
  escalates,
})
