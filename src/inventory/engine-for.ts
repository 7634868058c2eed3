import type { PlacementClass } from './placement-class.ts'

export type EngineName = 'inline' | 'local' | 'temporal'

/** What the deployment has: `temporal` where a cluster is configured for long workflows. */
export interface EngineChoice {
  readonly long: 'local' | 'temporal'
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
