import type { EffectScope, OpenSystems } from '../engine/systems.ts'
import type { Systems } from '../flow/effect.ts'
import { EffectNotMade } from '../flow/failure.ts'
import { AccountChoice } from './account-choice.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Accounts } from './accounts.ts'
import type { LedgerAccess } from './configured-connector.ts'
import type { Declaration } from './declaration.ts'
import { type Around, limitedAccount, unguarded } from './facade/around.ts'
import type { ConnectorMetrics } from './metrics.ts'
import { connectors } from './registry.ts'

/** A step asked for a second change: its one key could not tell the two apart. Write two steps. */
class SecondChange extends Error {
  override readonly name = 'SecondChange'
  readonly code = 'SECOND_CHANGE'
}

/** What the connectors of an installation share. */
export interface SystemsParts extends LedgerAccess {
  readonly memory: AccountMemory
  readonly metrics: ConnectorMetrics
  /** Default: nothing. */
  readonly around?: Around
}

/**
 * How steps reach their tenant's accounts. For each attempt it gives the systems by role; of an attempt's calls at most
 * one may change something. A role without a configured connector throws `EffectNotMade` when it is used.
 */
export function openSystems(accounts: Accounts, parts: SystemsParts): OpenSystems {
  const { metrics, around = unguarded } = parts
  const choice = new AccountChoice(accounts, parts.memory)
  const roles = [...Map.groupBy(connectors, ({ system }) => system)]
  return (scope) => {
    const attempt = { scope, choice, metrics, ledger: parts, around, onlyOnce: onceIn() }
    const systems = roles.map(([role, [any]]) => [role, any && systemOf(any.declaration, attempt)] as const)
    // `OperationsOf` makes every connector answer each method of its role; the list forgets that.
    return Object.fromEntries(systems) as unknown as Systems
  }
}

interface OneAttempt {
  readonly scope: EffectScope
  readonly choice: AccountChoice
  readonly metrics: ConnectorMetrics
  readonly ledger: LedgerAccess
  readonly around: Around
  readonly onlyOnce: (operation: string) => void
}

/** All connectors of a role have its operations; who plays it is found out when one is called. */
function systemOf({ system, operations }: Declaration, attempt: OneAttempt) {
  const { scope, choice, metrics, ledger, around, onlyOnce } = attempt
  const methods = Object.entries(operations).map(([name, { kind }]) => {
    const method = async (request: unknown) => {
      const changes = kind === 'changing'
      if (changes) onlyOnce(`${system}.${name}`)
      const player = await choice.of(system, scope, changes)
      const operation = player?.operations[name]
      if (player === undefined || operation === undefined) throw notConfigured(system)
      const of = { account: limitedAccount(player), operation: name, rate: operation.rateLimit }
      return around.through(of, scope, () =>
        counted(metrics, `${player.connector.key}.${name}`, () => operation.run(request, scope, ledger)),
      )
    }
    return [name, method] as const
  })
  return Object.fromEntries(methods)
}

async function counted<Answer>(
  metrics: ConnectorMetrics,
  operation: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const ended = metrics.began(operation)
  let code: string | undefined = 'UNEXPECTED'
  try {
    const answer = await work()
    code = undefined
    return answer
  } catch (error) {
    code = codeOf(error)
    throw error
  } finally {
    ended(code)
  }
}

function onceIn() {
  let first: string | undefined
  return (operation: string) => {
    if (first !== undefined)
      throw new SecondChange(`One step asked for ${first} and then for ${operation}. Nothing was sent for the second.`)
    first = operation
  }
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNEXPECTED'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

const notConfigured = (system: string): EffectNotMade =>
  new EffectNotMade(
    'NOT_CONFIGURED',
    `No connector is configured for ${system}. Nothing was sent; set ${waysToConfigure(system)}.`,
  )

const waysToConfigure = (system: string): string =>
  connectors
    .filter((connector) => connector.system === system)
    .map(
      ({ key, settings }) =>
        `for ${key} ${Object.values(settings)
          .map(({ env }) => env)
          .join(', ')}`,
    )
    .join(', or ')
