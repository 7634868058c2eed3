import type { PlacementClass } from './placement-class.ts'

export type EngineName = 'inline' | 'local' | 'temporal'

/** What the deployment has: `temporal` where a cluster is configured for long workflows. */
export interface EngineChoice {
  readonly long: 'local' | 'temporal'
  /** Workflows that start on Temporal whatever is chosen for their class. A short one runs inline also here. Default: none. */
  readonly onTemporal?: readonly string[]
}

/** Where runs of a workflow start. */
export function engineOfWorkflow(
  { name, runsAs }: { readonly name: string; readonly runsAs: PlacementClass },
  choice: EngineChoice,
): EngineName {
  const engine = engineFor(runsAs, choice)
  return engine === 'local' && choice.onTemporal?.includes(name) === true ? 'temporal' : engine
}

export const engineFor = (runsAs: PlacementClass, choice: EngineChoice): EngineName => {
  switch (runsAs) {
    case 'short':
      return 'inline'
    case 'medium':
      return 'local'
    case 'long':
      return choice.long
  }
}
