import type { Effect, InsideEffect, Services, Systems } from './effect.ts'
import { type MustBeRecordable, parse, type Schema } from './schema.ts'
import type { Duration, Instant } from './time.ts'
import type { Reason, Title } from './words.ts'

/** All that a step may touch: the services, and of the other systems only those its effect names. */
export type StepContext<E extends Effect = Effect> = StepBase & Pick<Systems, E['systems'][number]>

export interface StepBase extends Services {
  /** Travels to the outside world as idempotency key. The same on every attempt. */
  readonly key: string
  readonly tenant: string
  readonly run: string
  readonly now: Instant
  /** Aborts when the attempt's time is over or the process stops. */
  readonly abort: AbortSignal
}

/** How often a step is tried when it failed without effect. Waits double from `firstWait` to `longestWait`, with jitter. */
export interface Retry {
  readonly attempts: number
  readonly firstWait: Duration
  readonly longestWait: Duration
}

/** Says beforehand that a second one does no harm, so that an effect in doubt is simply made again. */
export interface Repeat {
  readonly repeat: Reason
}
export const repeat = (why: Reason): Repeat => ({ repeat: why })

interface StepCommon<E extends Effect, Input, Output> {
  readonly title: Title
  readonly effect: E
  readonly input: Schema<Input>
  readonly output: Schema<Output> & MustBeRecordable<Output>
  readonly do: (ctx: StepContext<E>, input: NoInfer<Input>) => Promise<NoInfer<Output>>
  /** How long one attempt may take. Default 30 s. */
  readonly timeout?: Duration
  /** Default: 8 attempts, 1 s doubling to 5 min. */
  readonly retry?: Retry
  /** After this step the run only goes forward or to a person. */
  readonly pivot?: true
}

/** What only a step with an outside effect has: the field of its input that a packet must have authorised. */
interface Authority<E extends Effect, Input> {
  /** Default: the whole input. */
  readonly subject?: [E] extends [InsideEffect] ? never : keyof NoInfer<Input> & string
  readonly whenInDoubt?: [E] extends [InsideEffect] ? never : Repeat
}

/** How the step is taken back. Registered before the step acts; called only when it acted, or nobody can tell. */
export interface UndoOrIrreversible<E extends Effect, Input, Output> {
  readonly undo: (ctx: StepContext<E>, input: NoInfer<Input>, result: NoInfer<Output>) => Promise<void>
  readonly irreversible?: never
}
export interface Irreversible {
  readonly irreversible: Reason
  readonly undo?: never
}
export interface NoReversal {
  readonly undo?: never
  readonly irreversible?: never
}

/** The brackets keep a union of effects whole: one that may be outside counts as outside. */
type Reversal<E extends Effect, Input, Output> = [E] extends [InsideEffect]
  ? UndoOrIrreversible<E, Input, Output> | NoReversal
  : UndoOrIrreversible<E, Input, Output> | Irreversible

export type StepDefinition<E extends Effect, Input, Output> = StepCommon<E, Input, Output> &
  Authority<E, Input> &
  Reversal<E, Input, Output>

/** The engine's context: every service and every connector. */
export type FullContext = StepBase & Systems

export type ReversalKind =
  | { readonly kind: 'undo' }
  | { readonly kind: 'irreversible'; readonly reason: Reason }
  | { readonly kind: 'none' }

export interface Step<out E extends Effect = Effect, in Input = never, out Output = unknown> {
  readonly part: 'step'
  readonly title: Title
  readonly effect: E
  readonly reversal: ReversalKind
  readonly timeout: Duration
  readonly retry: Retry
  readonly pivot: boolean
  /** The field of the input whose digest a packet must list; undefined: the whole input. */
  readonly subject: string | undefined
  readonly whenInDoubt: Repeat | undefined
  /** What a person who settles the effect by hand must give. */
  readonly output: Schema
  /** Input and result come back from the ledger as `unknown` and are parsed here, once. */
  readonly perform: (ctx: FullContext, input: unknown) => Promise<unknown>
  readonly revert: (ctx: FullContext, input: unknown, result: unknown) => Promise<void>
  /** Carries the types; never present at run time. */
  readonly signature?: (input: Input) => Output
}

const ATTEMPT: Duration = { unit: 'seconds', amount: 30 }
const RETRY: Retry = {
  attempts: 8,
  firstWait: { unit: 'seconds', amount: 1 },
  longestWait: { unit: 'minutes', amount: 5 },
}

/** Defines a step. Throws nothing; what the rules forbid does not compile. */
export function step<E extends Effect, Input, Output>(
  definition: StepDefinition<E, Input, Output>,
): Step<E, Input, Output> {
  const { title, effect, input, output, undo, irreversible } = definition
  return {
    part: 'step',
    title,
    effect,
    reversal:
      undo !== undefined
        ? { kind: 'undo' }
        : irreversible !== undefined
          ? { kind: 'irreversible', reason: irreversible }
          : { kind: 'none' },
    timeout: definition.timeout ?? ATTEMPT,
    retry: definition.retry ?? RETRY,
    pivot: definition.pivot ?? false,
    subject: definition.subject,
    whenInDoubt: definition.whenInDoubt,
    output,
    perform: async (ctx, raw) =>
      parse(output, await definition.do(ctx, await parse(input, raw, `input of ${title.en}`)), `result of ${title.en}`),
    revert: async (ctx, raw, rawResult) =>
      undo?.(
        ctx,
        await parse(input, raw, `input of ${title.en}`),
        await parse(output, rawResult, `result of ${title.en}`),
      ),
  }
}
