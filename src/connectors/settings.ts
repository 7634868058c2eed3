import { ENVIRONMENT_ACCOUNT } from './account-name.ts'
import { type Accounts, choiceVariable, openAccounts } from './accounts.ts'
import { accountsFromFile } from './accounts-file.ts'
import { connectors } from './registry.ts'
import { type Environment, environmentSource, valueOf } from './settings-source.ts'

/** All that is wrong with the settings of all connectors. Names variables and places, and never shows what stands there. */
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
 * The accounts with vendors. Those of the environment serve every tenant: a connector of whose variables none is set is left out, one of
 * which some are set must have all that it requires. `SIJIL_CONNECTORS` names a file with the accounts of single tenants.
 * Throws `InvalidSettings`, which names every problem of every account.
 */
export function readAccounts(environment: Environment): Accounts {
  const problems: string[] = []
  const source = environmentSource(environment)
  const everyones = connectors.flatMap(
    (connector) => connector.configuredFrom(source, ENVIRONMENT_ACCOUNT, problems) ?? [],
  )
  const file = valueOf(environment, 'SIJIL_CONNECTORS')
  const own = file === undefined ? { configured: [], uses: {} } : accountsFromFile(file, environment, problems)
  // Where an account cannot be read nobody can tell yet who would play its role.
  const choosing: string[] = []
  const accounts = openAccounts(
    [...everyones, ...own.configured],
    { environment: namedIn(environment), tenants: own.uses },
    choosing,
  )
  const all = problems.length > 0 ? problems : choosing
  if (all.length > 0) throw new InvalidSettings(all)
  return accounts
}

const namedIn = (environment: Environment): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...new Set(connectors.map(({ system }) => system))].flatMap((system) => {
      const key = valueOf(environment, choiceVariable(system))
      return key === undefined ? [] : [[system, key]]
    }),
  )
