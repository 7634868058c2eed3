import type { Contract } from './contract.ts'
import type { Gate, OnExpiry, OnReturn } from './gate.ts'
import type { Signal } from './signal.ts'
import type { Step } from './step.ts'
import type { Duration, Instant } from './time.ts'

/** What a flow function receives: what its definition lists, and the words of the language. */
export type Flow<C extends Contract, S> = StepCalls<S> &
  GateCalls<C['gates']> &
  SignalCalls<C['signals'], StepCalls<S>> &
  Words<keyof C['endings'] & string>

type Words<Ending extends string> = FlowWords & {
  /** Ends the run as one of the contract's endings and undoes what was started: `throw flow.abandon('declined')`. */
  abandon(ending: Ending): Abandoned<Ending>
}

export interface FlowWords {
  readonly run: { readonly id: string; readonly workflow: string; readonly version: number }
  /** The ledger's time of the last thing this branch learned. */
  now(): Instant
  /** A stable id for this run and place. */
  id(): string
  /** A number in [0, 1), stable for this run and place. */
  random(): number
  sleep(duration: Duration): Promise<void>
  /** Runs named branches together; the first failure cancels the others and is thrown. */
  all<Results extends object>(
    branches: Branches<this, Results>,
  ): Promise<{ readonly [Name in keyof Results]: Results[Name] }>
  /** Runs named branches together; the first to finish wins, the others are cancelled and what they did is undone. */
  race<Results extends object>(branches: Branches<this, Results>): Promise<Winner<Results>>
  /** The same branch for each item; the item's own id names the branch. */
  each<Item extends { readonly id: string }, Result>(
    items: readonly Item[],
    branch: (flow: this, item: Item) => Promise<Result>,
  ): Promise<readonly { readonly id: string; readonly result: Result }[]>
}

export type Branches<Self, Results> = { readonly [Name in keyof Results]: (flow: Self) => Promise<Results[Name]> }
export type Winner<Results> = {
  [Name in keyof Results]: { readonly winner: Name; readonly value: Results[Name] }
}[keyof Results]

export type StepCalls<S> = {
  readonly [Name in keyof S]: S[Name] extends Step<infer _, infer Input, infer Output> ? Call<Input, Output> : never
}
export type GateCalls<G> = {
  readonly [Name in keyof G]: G[Name] extends Gate<infer Packet, infer Payload, infer Expiry, infer Return>
    ? (packet: Packet) => Promise<Decision<Payload, Expiry, Return>>
    : never
}
export type SignalCalls<S, Steps> = {
  readonly [Name in keyof S]: S[Name] extends Signal<infer Payload> ? Wait<Payload, Steps> : never
}

type Call<Input, Output> = [Input] extends [void] ? () => Promise<Output> : (input: Input) => Promise<Output>

export interface Approved<Payload> {
  readonly outcome: 'approved'
  /** Who approved, by the ids of the organisation's people. */
  readonly by: readonly string[]
  readonly value: Payload
}
/** Sent back for another round. */
export interface Returned {
  readonly outcome: 'returned'
  readonly by: readonly string[]
  readonly comments: string
}
export interface Expired {
  readonly outcome: 'expired'
}
type Decision<Payload, Expiry extends OnExpiry, Return extends OnReturn> =
  | Approved<Payload>
  | (Return extends 'value' ? Returned : never)
  | (Expiry extends 'value' ? Expired : never)

export interface Wait<Payload, Steps> {
  (): Promise<Payload>
  (options: WaitOptions<Steps>): Promise<Answer<Payload>>
}
export interface WaitOptions<Steps> {
  readonly within: Duration
  readonly remind?: ReminderLadder<Steps>
}
/** While nothing came: at each rung, counted from the start of the wait, one or more steps (never another wait). */
export interface ReminderLadder<Steps> {
  readonly after: readonly Duration[]
  readonly by: (flow: Steps, rung: number) => Promise<unknown>
}
export type Answer<Payload> = { readonly timedOut: false; readonly value: Payload } | { readonly timedOut: true }

/** Thrown to end the run and undo what was started. Not an error: an ending the contract names. */
export interface Abandoned<Ending extends string = string> extends Error {
  readonly ending: Ending
}
