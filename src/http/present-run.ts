import type { Definitions } from '../engine/definitions.ts'
import type { RunView } from '../ledger/reading/run-view.ts'

interface Words {
  readonly en: string
  readonly ar: string
}

/** A run with the words for what it consists of: a reader has its definition no more than its page does. */
export interface PresentedRun extends RunView {
  /** Of the steps, gates, signals and endings of its workflow, by name; `workflow` is its own. */
  readonly titles: Readonly<Record<string, Words>>
}

export const presentRun = (definitions: Definitions, run: RunView): PresentedRun => ({
  ...run,
  titles: titlesOf(definitions, run),
})

function titlesOf(definitions: Definitions, { workflow, version }: RunView): PresentedRun['titles'] {
  const definition = definitions.find(workflow, version)
  if (definition === undefined) return {}
  const { contract, steps } = definition.workflow
  const parts = [...Object.entries(steps), ...Object.entries(contract.gates), ...Object.entries(contract.signals)]
  return {
    ...contract.endings,
    ...Object.fromEntries(parts.map(([name, { title }]) => [name, title])),
    workflow: contract.title,
  }
}
