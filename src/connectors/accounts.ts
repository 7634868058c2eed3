import type { ConfiguredConnector } from './configured-connector.ts'
import type { ConfiguredWebhook } from './configured-webhook.ts'

/** The accounts with vendors that an installation has, and which of them each tenant uses. */
export interface Accounts {
  readonly all: readonly ConfiguredConnector[]
  /** Those that a tenant may use: its own, then those of the environment. */
  readonly of: (tenant: string) => readonly ConfiguredConnector[]
  /** The one that plays a role for a tenant's steps; undefined when none is configured for it. */
  readonly playing: (tenant: string, system: string) => ConfiguredConnector | undefined
  /** By the vendor's own id of the account, or else by our name of it. Another tenant's is never found. */
  readonly receiving: (tenant: string, connector: string, account: string) => Receiver | undefined
}

/** An account that is told of events. */
export interface Receiver extends ConfiguredConnector {
  readonly webhook: ConfiguredWebhook
}

/** Which of several accounts plays a role, by the name of the role. */
export interface Choices {
  /** The connector of the environment: the value of `SIJIL_ESIGN`. */
  readonly environment: Readonly<Record<string, string>>
  /** The account of a tenant: `uses` in its part of the file. */
  readonly tenants: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** `SIJIL_ESIGN`: the variable that names the connector of a role where several are configured. */
export const choiceVariable = (system: string): string =>
  `SIJIL_${system.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** Adds to `problems` every role that nobody could say who plays. */
export function openAccounts(given: readonly ConfiguredConnector[], choices: Choices, problems: string[]): Accounts {
  const ofEnvironment = chosenInEnvironment(
    given.filter(({ account }) => account.tenant === undefined),
    choices.environment,
    problems,
  )
  // What is built in is there only where it plays its role.
  const playing = new Set(ofEnvironment.values())
  const all = given.filter((one) => !one.connector.builtIn || playing.has(one))
  const everyones = all.filter(({ account }) => account.tenant === undefined)
  const tenants = new Set([...all.flatMap(({ account }) => account.tenant ?? []), ...Object.keys(choices.tenants)])
  const ofTenants = new Map(
    [...tenants].map((tenant) => {
      const own = all.filter(({ account }) => account.tenant === tenant)
      refuseTwins(tenant, own, problems)
      return [tenant, chosenByTenant(tenant, own, choices.tenants[tenant] ?? {}, problems)] as const
    }),
  )
  const of = (tenant: string) => [...all.filter(({ account }) => account.tenant === tenant), ...everyones]
  return {
    all,
    of,
    playing: (tenant, system) => ofTenants.get(tenant)?.get(system) ?? ofEnvironment.get(system),
    receiving: (tenant, key, account) => {
      const receivers = of(tenant)
        .filter(isReceiver)
        .filter(({ connector }) => connector.key === key)
      return (
        receivers.find(({ webhook }) => webhook.account === account) ??
        receivers.find(({ account: { name } }) => name === account)
      )
    },
  }
}

const isReceiver = (configured: ConfiguredConnector): configured is Receiver => configured.webhook !== undefined

type ByRole = ReadonlyMap<string, ConfiguredConnector>

const byRole = (configured: readonly ConfiguredConnector[]) =>
  Map.groupBy(configured, ({ connector }): string => connector.system)

function chosenInEnvironment(
  configured: readonly ConfiguredConnector[],
  named: Choices['environment'],
  problems: string[],
): ByRole {
  const chosen = new Map<string, ConfiguredConnector>()
  const candidates = byRole(configured)
  for (const [system, key] of Object.entries(named)) {
    const found = candidates.get(system)?.find(({ connector }) => connector.key === key)
    if (found !== undefined) chosen.set(system, found)
    else
      problems.push(`${choiceVariable(system)} names a connector whose settings are not there, or that is none for it`)
  }
  for (const [system, found] of candidates) {
    if (named[system] !== undefined) continue
    const vendors = found.filter(({ connector }) => !connector.builtIn)
    const [first, ...others] = vendors.length > 0 ? vendors : found
    if (first === undefined) continue
    if (others.length === 0) chosen.set(system, first)
    else
      problems.push(
        `${choiceVariable(system)} is missing: ${namesOf([first, ...others], ({ connector }) => connector.key)} are configured, and one of them must play the role`,
      )
  }
  return chosen
}

function chosenByTenant(
  tenant: string,
  own: readonly ConfiguredConnector[],
  uses: Readonly<Record<string, string>>,
  problems: string[],
): ByRole {
  const chosen = new Map<string, ConfiguredConnector>()
  const candidates = byRole(own)
  for (const [system, name] of Object.entries(uses)) {
    const found = candidates.get(system)?.find(({ account }) => account.name === name)
    if (found !== undefined) chosen.set(system, found)
    else problems.push(`tenants.${tenant}.uses.${system} names no account of this tenant that can play the role`)
  }
  for (const [system, [first, ...others]] of candidates) {
    if (uses[system] !== undefined || first === undefined) continue
    if (others.length === 0) chosen.set(system, first)
    else
      problems.push(
        `tenants.${tenant}.uses.${system} is missing: the accounts ${namesOf([first, ...others], ({ account }) => account.name)} can play the role`,
      )
  }
  return chosen
}

const namesOf = (
  configured: readonly ConfiguredConnector[],
  nameOf: (configured: ConfiguredConnector) => string,
): string => configured.map(nameOf).join(', ')

/** Two accounts that are one at the vendor: its webhooks could not be told apart. */
function refuseTwins(tenant: string, own: readonly ConfiguredConnector[], problems: string[]): void {
  const seen = new Map<string, string>()
  for (const { connector, webhook, account } of own) {
    if (webhook === undefined) continue
    const id = `${connector.key}/${webhook.account}`
    const twin = seen.get(id)
    if (twin !== undefined)
      problems.push(`tenants.${tenant}.accounts.${account.name} is the same account with ${connector.key} as ${twin}`)
    seen.set(id, account.name)
  }
}
