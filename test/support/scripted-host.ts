/**
 * Drives a flow over a ledger that is a Map, with people and vendors who follow a script. It keeps the promises that a host
 * makes to the language (a recorded answer is given again, a step in flight is waited for, an undo is registered before its
 * step acts) and holds class-B effects to what was decided, so that flows are tested without a database.
 */
import { setImmediate } from 'node:timers/promises'
import { subjectDigest } from '../../src/engine/task-request.ts'
import { canonical } from '../../src/flow/canonical.ts'
import { type Driven, drive, UNDO_PARKED } from '../../src/flow/drive.ts'
import { isOutside } from '../../src/flow/effect.ts'
import { Stuck } from '../../src/flow/endings.ts'
import type { Host, Operation, Outcome, RecordedOutcome, StepOperation, WaitOperation } from '../../src/flow/host.ts'
import { parse } from '../../src/flow/schema.ts'
import type { FullContext, Step } from '../../src/flow/step.ts'
import { approximateMs } from '../../src/flow/time.ts'
import { manifestOf, type Workflow } from '../../src/flow/workflow.ts'

export interface Row {
  readonly key: string
  readonly kind: Operation['kind']
  readonly name: string
  readonly input: unknown
  readonly asked: string
  readonly outcome: RecordedOutcome
}
/** What outlives a crash. */
export interface ScriptedLedger {
  readonly rows: Map<string, Row>
  /** Undo that was registered, in the order of starts. */
  readonly started: { readonly key: string; readonly name: string }[]
}
export const newLedger = (): ScriptedLedger => ({ rows: new Map(), started: [] })

/** How a wait ends, or that a step or an undo fails. */
export type Scripted =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'returned'; readonly comments: string }
  | { readonly kind: 'rejected'; readonly why: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'failed'; readonly code: string }
/** Undefined: a step does its work, and a wait goes on for ever. */
export type Script = (operation: Operation) => Scripted | undefined

export interface Attempt {
  readonly run: string
  /** As it travels: `<run>/<key>`. */
  readonly key: string
  readonly step: Step
}
export interface ScriptedRun {
  readonly workflow: Workflow
  readonly input: unknown
  readonly script: Script
  readonly ledger?: ScriptedLedger
  /** What steps are given: the systems and services of one attempt. */
  readonly open?: (attempt: Attempt) => object
  /** Actions that need no decision. Default: all of them. */
  readonly classA?: readonly string[]
  /** The process dies when it has written this many rows. */
  readonly crashAfter?: number
  /** Turns of the event loop before an operation is answered. */
  readonly delay?: (operation: Operation) => number
  /** Sees each operation when it is asked. */
  readonly onAsk?: (operation: Operation) => void
}

export class Crash extends Error {
  override readonly name = 'Crash'
}

export const RUN_ID = 'run_1'
/** When the run starts; steps see no other time. */
export const STARTED_AT = 1_000_000

/** Starts or resumes the run. `result` rejects with `Crash` when the process dies. */
export function driveScripted(settings: ScriptedRun): Driven & { readonly ledger: ScriptedLedger } {
  const host = new ScriptedHost(settings)
  const { workflow, input } = settings
  const driven = drive(workflow.flow, manifestOf(workflow), host, json(input))
  return { ...driven, result: Promise.race([driven.result, host.death]), ledger: host.ledger }
}

class ScriptedHost implements Host {
  readonly run = { id: RUN_ID, startedAt: STARTED_AT }
  readonly ledger: ScriptedLedger
  readonly death: Promise<never>
  readonly #settings: ScriptedRun
  readonly #relinquished = new Set<string>()
  readonly #waiting = new Map<string, (outcome: Outcome) => void>()
  #written = 0
  #dead = false
  #die: (crash: Crash) => void = () => {}

  constructor(settings: ScriptedRun) {
    this.#settings = settings
    this.ledger = settings.ledger ?? newLedger()
    this.death = new Promise((_, reject) => {
      this.#die = reject
    })
  }

  recall(key: string): RecordedOutcome | undefined {
    return this.ledger.rows.get(key)?.outcome
  }

  async perform(operation: Operation): Promise<Outcome> {
    if (this.#dead) return forever
    this.#settings.onAsk?.(operation)
    const known = this.ledger.rows.get(operation.key)
    if (known !== undefined) return replayed(known, operation)
    for (let turns = this.#settings.delay?.(operation) ?? 0; turns > 0; turns -= 1) await setImmediate()
    if (this.#dead) return forever
    const outcome = await this.#settle(operation)
    if (this.#dead) return forever
    if (outcome.kind !== 'withdrawn') this.#write(operation, outcome)
    return this.#dead ? forever : outcome
  }

  relinquish(key: string): void {
    this.#relinquished.add(key)
    this.#waiting.get(key)?.({ kind: 'withdrawn', at: this.#now() })
  }

  undoable(path: string): readonly { readonly key: string; readonly name: string }[] {
    const { started, rows } = this.ledger
    return started.filter(({ key }) => key.startsWith(path) && rows.get(key)?.outcome.kind !== 'failed').toReversed()
  }

  pivoted(path: string): boolean {
    const { contract, steps } = this.#settings.workflow
    return [...this.ledger.rows.values()].some(
      ({ key, kind, name, outcome }) =>
        key.startsWith(path) &&
        outcome.kind === 'value' &&
        ((kind === 'step' && steps[name]?.pivot === true) ||
          (kind === 'signal' && contract.signals[name]?.pivot === true)),
    )
  }

  #now(): number {
    return STARTED_AT + this.ledger.rows.size
  }

  #write({ key, kind, name, ...operation }: Operation, outcome: RecordedOutcome): void {
    const input = 'input' in operation ? operation.input : null
    this.ledger.rows.set(key, { key, kind, name, input, asked: askedBy({ kind, name, input }), outcome })
    this.#written += 1
    if (this.#written !== this.#settings.crashAfter) return
    this.#dead = true
    this.#die(new Crash(`after ${key}`))
  }

  async #settle(operation: Operation): Promise<Outcome> {
    switch (operation.kind) {
      case 'step':
        return this.#step(operation)
      case 'undo': {
        if (this.#settings.script(operation) !== undefined) return this.#failed(UNDO_PARKED)
        const of = this.ledger.rows.get(operation.of)
        const step = this.#definedStep(operation.name)
        // Nothing is on record of an effect that was in flight when the process died: it never happened here.
        if (of !== undefined) await step.revert(this.#context(operation.key, step), of.input, of.outcome.value)
        return this.#value(null)
      }
      case 'choice':
      case 'ending':
        return this.#value(operation.input)
      case 'gate':
      case 'signal':
      case 'sleep':
        return this.#wait(operation)
    }
  }

  async #step(operation: StepOperation): Promise<Outcome> {
    const step = this.#definedStep(operation.name)
    this.#authorise(operation, step)
    const scripted = this.#settings.script(operation)
    if (scripted?.kind === 'failed') return this.#failed(scripted.code)
    const { started } = this.ledger
    if (step.reversal.kind === 'undo' && !started.some(({ key }) => key === operation.key)) started.push(operation)
    return this.#value(await step.perform(this.#context(operation.key, step), json(operation.input)))
  }

  /** As the ledger asks: an approved task of the run lists the step, and was about this very subject. */
  #authorise({ name, input }: StepOperation, { effect, subject }: Step): void {
    const { classA, workflow } = this.#settings
    if (classA === undefined || !isOutside(effect) || classA.includes(effect.action)) return
    const digest = subjectDigest(input, subject)
    const decided = [...this.ledger.rows.values()].some((row) => {
      const gate = row.kind === 'gate' ? workflow.contract.gates[row.name] : undefined
      const outcome = row.outcome.kind === 'value' ? 'approved' : row.outcome.kind
      if (gate === undefined || outcome === 'failed') return false
      return gate.authorises[outcome]?.includes(name) === true && subjectDigest(row.input, gate.subject) === digest
    })
    if (!decided) throw new Stuck('NOT_AUTHORISED', `${effect.action} needs a decision that lists ${name}`)
  }

  async #wait(operation: WaitOperation): Promise<Outcome> {
    const scripted = operation.kind === 'sleep' ? ({ kind: 'expired' } as const) : this.#settings.script(operation)
    if (this.#relinquished.has(operation.key)) return { kind: 'withdrawn', at: this.#now() }
    if (scripted === undefined)
      return new Promise((resolve) => {
        this.#waiting.set(operation.key, resolve)
      })
    switch (scripted.kind) {
      case 'value':
        return this.#value(await this.#checked(operation, scripted.value))
      case 'returned':
        return { kind: 'returned', value: { by: ['huda'], comments: scripted.comments }, at: this.#now() }
      case 'rejected':
        return { kind: 'rejected', value: { by: ['huda'], why: scripted.why }, at: this.#now() }
      case 'failed':
        throw new TypeError('a wait cannot fail')
      case 'expired': {
        const { within, since } = operation
        if (within === undefined) throw new TypeError(`${operation.key} waits for ever and cannot expire`)
        const at = since + approximateMs(within)
        return operation.kind === 'sleep' ? { kind: 'value', value: null, at } : { kind: 'expired', value: null, at }
      }
    }
  }

  async #checked({ kind, name, input }: WaitOperation, value: unknown): Promise<unknown> {
    const { gates, signals } = this.#settings.workflow.contract
    const gate = kind === 'gate' ? gates[name] : undefined
    const signal = kind === 'signal' ? signals[name] : undefined
    if (gate !== undefined) {
      await parse(gate.packet, json(input), `packet of ${name}`)
      return { outcome: 'approved', by: ['huda'], value: await parse(gate.decision, value, `decision of ${name}`) }
    }
    return signal === undefined ? value : parse(signal.payload, value, `payload of ${name}`)
  }

  #definedStep(name: string): Step {
    const step = this.#settings.workflow.steps[name]
    if (step === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no step ${name}`)
    return step
  }

  #context(key: string, step: Step): FullContext {
    const attempt = { run: RUN_ID, key: `${RUN_ID}/${key}`, step }
    const base = { ...attempt, tenant: 'acme', now: STARTED_AT, abort: new AbortController().signal }
    // A test opens the systems that its steps name; a step is given no others by its type.
    return { ...base, ...this.#settings.open?.(attempt) } as unknown as FullContext
  }

  #value(value: unknown): RecordedOutcome {
    return { kind: 'value', value: json(value), at: this.#now() }
  }

  #failed(code: string): RecordedOutcome {
    return { kind: 'failed', value: { code, why: 'the script says so' }, at: this.#now() }
  }
}

function replayed(row: Row, { kind, name, ...operation }: Operation): RecordedOutcome {
  const asked = askedBy({ kind, name, input: 'input' in operation ? operation.input : null })
  if (row.asked === asked) return row.outcome
  throw new Stuck('REPLAY_DIFFERS', `at ${row.key} the ledger has ${row.asked}, and the flow now asks for ${asked}`)
}

const askedBy = ({ kind, name, input }: Pick<Row, 'kind' | 'name' | 'input'>): string => canonical([kind, name, input])
const json = (value: unknown): unknown => JSON.parse(canonical(value))
const forever = new Promise<never>(() => {})
