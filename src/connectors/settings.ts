import type { ConfiguredConnector } from './configured-connector.ts'
import type { Environment } from './environment.ts'
import { connectors } from './registry.ts'

/** All that is wrong with the settings of all connectors. Names variables and never shows their values. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings'
  readonly code = 'INVALID_SETTINGS'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The connectors cannot start; mend these settings:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * The connectors whose settings are present. One of whose variables none is set is left out; one of which some are set
 * must have all that it requires. Throws `InvalidSettings`, which names every problem of every connector.
 */
export function configuredConnectors(environment: Environment): readonly ConfiguredConnector[] {
  const problems: string[] = []
  const configured = connectors.flatMap((connector) => connector.configuredFrom(environment, problems) ?? [])
  if (problems.length > 0) throw new InvalidSettings(problems)
  return configured
}
