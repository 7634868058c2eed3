import type { Gate } from './gate.ts'
import type { Schema } from './schema.ts'
import type { Signal } from './signal.ts'
import type { Duration } from './time.ts'
import type { Title } from './words.ts'

export interface ContractDefinition<Input, Output, G, S, E> {
  readonly name: string
  readonly version: number
  readonly title: Title
  /** Declared, because it cannot be derived. */
  readonly lasts: { readonly from: Duration; readonly to: Duration }
  readonly input: Schema<Input>
  readonly output: Schema<Output>
  /**
   * The field of the input that holds the id of the deal that a run is part of: a name that the organisation gave it, and nothing about
   * a person. Engines show it in clear. Default: each run begins a deal of its own, which bears the run's id.
   */
  readonly deal?: TextField<NoInfer<Input>>
  /** How the run may end with everything undone, besides a rejection, an expiry, a failure or a cancellation. */
  readonly endings: E
  readonly gates: G
  readonly signals: S
}

export interface Contract<
  in Input = never,
  out Output = unknown,
  out G extends Gates = Gates,
  out S extends Signals = Signals,
  out E extends Endings = Endings,
> {
  readonly part: 'contract'
  readonly name: string
  readonly version: number
  readonly title: Title
  readonly lasts: { readonly from: Duration; readonly to: Duration }
  readonly input: Schema
  readonly output: Schema<Output>
  readonly deal?: string
  readonly endings: E
  readonly gates: G
  readonly signals: S
  readonly signature?: (input: Input) => Output
}

type TextField<Input> = { [Name in keyof Input & string]: Input[Name] extends string ? Name : never }[keyof Input &
  string]

export type Gates = { readonly [name: string]: Gate }
export type Endings = { readonly [name: string]: Title }
export type Signals = { readonly [name: string]: Signal }

/** What a workflow promises: its name and version, what goes in and out, who decides, and what it waits for. */
export const contract = <Input, Output, G extends Gates, S extends Signals, E extends Endings>(
  definition: ContractDefinition<Input, Output, G, S, E>,
): Contract<Input, Output, G, S, E> => ({ part: 'contract', ...definition })
