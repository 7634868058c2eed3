import type { EffectScope, OpenSystems } from '../engine/systems.ts'
import type { Systems } from '../flow/effect.ts'
import { EffectNotMade } from '../flow/failure.ts'
import type { Accounts } from './accounts.ts'
import type { ConfiguredConnector } from './configured-connector.ts'
import { type Around, limitedAccount, unguarded } from './facade/around.ts'
import type { ConnectorMetrics } from './metrics.ts'
import { connectors } from './registry.ts'

/** A step asked for a second change: its one key could not tell the two apart. Write two steps. */
class SecondChange extends Error {
  override readonly name = 'SecondChange'
  readonly code = 'SECOND_CHANGE'
}

/**
 * How steps reach their tenant's accounts. For each attempt it gives the systems by role; of an attempt's calls at most
 * one may change something. A role without a configured connector throws `EffectNotMade` when it is used.
 */
export function openSystems(accounts: Accounts, metrics: ConnectorMetrics, around: Around = unguarded): OpenSystems {
  const roles = [...new Set(connectors.map(({ system }) => system))]
  return (scope) => {
    const onlyOnce = onceIn()
    const systems = roles.map((role) => {
      const player = accounts.playing(scope.tenant, role)
      return [
        role,
        player === undefined ? missing(role) : systemOf(player, scope, { metrics, around, onlyOnce }),
      ] as const
    })
    // `OperationsOf` makes every connector answer each method of its role; the list forgets that.
    return Object.fromEntries(systems) as unknown as Systems
  }
}

interface CallParts {
  readonly metrics: ConnectorMetrics
  readonly around: Around
  readonly onlyOnce: (operation: string) => void
}

function systemOf(configured: ConfiguredConnector, scope: EffectScope, { metrics, around, onlyOnce }: CallParts) {
  const { connector, operations } = configured
  const account = limitedAccount(configured)
  const methods = Object.entries(operations).map(([name, operation]) => {
    const method = async (request: unknown) => {
      if (operation.kind === 'changing') onlyOnce(`${connector.system}.${name}`)
      const of = { account, operation: name, rate: operation.rateLimit }
      return around.through(of, scope, () =>
        counted(metrics, `${connector.key}.${name}`, () => operation.run(request, scope)),
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

/** Any method of a role that nobody plays. */
const missing = (system: string) =>
  new Proxy(
    {},
    {
      get: () => async () => {
        throw new EffectNotMade(
          'NOT_CONFIGURED',
          `No connector is configured for ${system}. Nothing was sent; set ${waysToConfigure(system)}.`,
        )
      },
    },
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
