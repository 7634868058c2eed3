import type { Contract } from './contract.ts'
import type { Commitment, Effect } from './effect.ts'
import type { Flow, FlowWords } from './flow.ts'
import type { Authorises } from './gate.ts'
import type { Manifest } from './manifest.ts'
import type { Step } from './step.ts'

export type Steps = { readonly [name: string]: Step }

/** A workflow: its contract, its steps, and the flow that joins them. */
export interface Workflow {
  readonly contract: Contract
  readonly steps: Steps
  readonly flow: (flow: never, input: never) => Promise<unknown>
}

type Taken<C extends Contract> = keyof C['gates'] | keyof C['signals'] | keyof FlowWords | 'abandon'
type NamesAreFree<C extends Contract, S> = {
  readonly [Name in keyof S & Taken<C>]: 'this name already means a gate, a signal or a word of the language'
}

/** The steps that the gates of a contract let happen. */
type Authorised<C extends Contract> = {
  [Name in keyof C['gates']]: C['gates'][Name]['authorises'] extends infer A extends Authorises
    ? { [Outcome in keyof A]: A[Outcome] extends readonly (infer StepName)[] ? StepName : never }[keyof A]
    : never
}[keyof C['gates']]
type GatesAuthoriseSteps<C extends Contract, S> = [Exclude<Authorised<C>, keyof S>] extends [never]
  ? unknown
  : { readonly 'a gate authorises a step that does not exist': Exclude<Authorised<C>, keyof S> }

/** Joins the three files of a workflow; the compiler checks the join. */
export function workflow<C extends Contract, S extends Steps>(parts: {
  readonly contract: C & GatesAuthoriseSteps<C, S>
  readonly steps: S & NamesAreFree<C, S>
  readonly flow: (flow: Flow<C, S>, input: InputOf<C>) => Promise<OutputOf<C>>
}): Workflow {
  return parts
}

type InputOf<C> = C extends Contract<infer Input, infer _> ? Input : never
type OutputOf<C> = C extends Contract<infer _, infer Output> ? Output : never

/** What an engine needs to know of a definition to drive its flow. Plain data: it travels to a sandbox. */
export const manifestOf = ({ contract, steps }: Workflow): Manifest => ({
  workflow: contract.name,
  version: contract.version,
  steps: Object.fromEntries(Object.entries(steps).map(([name, { pivot }]) => [name, { pivot }])),
  gates: Object.fromEntries(
    Object.entries(contract.gates).map(([name, { within, onExpiry, escalate }]) => [
      name,
      { within, onExpiry, escalate },
    ]),
  ),
  signals: Object.fromEntries(Object.entries(contract.signals).map(([name, { pivot }]) => [name, { pivot }])),
})

export interface Traits {
  readonly systems: readonly string[]
  readonly effects: readonly Effect['kind'][]
  readonly pausesForPeople: boolean
  readonly pausesForSignals: boolean
  readonly needsUndo: boolean
  readonly irreversible: readonly string[]
  readonly commitments: readonly Commitment[]
  readonly lasts: Contract['lasts']
}

/** Read from the definition alone; the flow is not run. */
export function traitsOf({ contract, steps }: Workflow): Traits {
  const all = Object.values(steps)
  return {
    systems: distinct(all.flatMap(({ effect }): readonly string[] => effect.systems)),
    effects: distinct(all.map(({ effect }) => effect.kind)),
    pausesForPeople: Object.keys(contract.gates).length > 0,
    pausesForSignals: Object.keys(contract.signals).length > 0,
    needsUndo: all.some(({ reversal }) => reversal.kind === 'undo'),
    irreversible: all.flatMap(({ title, reversal }) =>
      reversal.kind === 'irreversible' ? [`${title.en}: ${reversal.reason}`] : [],
    ),
    commitments: distinct(
      all.flatMap(({ effect }) => ('commits' in effect && effect.commits !== undefined ? [effect.commits] : [])),
    ),
    lasts: contract.lasts,
  }
}

const distinct = <T extends string>(values: readonly T[]): readonly T[] => [...new Set(values)].toSorted()
