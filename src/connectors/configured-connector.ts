import type { EffectScope } from '../engine/systems.ts'
import type { SystemName } from '../flow/effect.ts'
import { EffectNotMade, EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../flow/failure.ts'
import type { Database } from '../ledger/database/database.ts'
import { type AccountName, ENVIRONMENT_ACCOUNT } from './account-name.ts'
import { type ConfiguredWebhook, configuredWebhook } from './configured-webhook.ts'
import type { Contacts } from './contacts.ts'
import type { Call, Connector, Health, Operation, SettingsOf, SettingsSchema } from './connector.ts'
import { type Declaration, type DeclaredOperation, declarationOf, declaredOperation } from './declaration.ts'

/** A connector with its settings inside, so that nobody above it ever holds them. */
export interface ConfiguredConnector {
  readonly account: AccountName
  /** What the connector declares of itself: for catalogues, audits and health pages. */
  readonly connector: Declaration
  readonly operations: Readonly<Record<string, ConfiguredOperation>>
  readonly health: (signal: AbortSignal) => Promise<Health>
  readonly webhook: ConfiguredWebhook | undefined
}

/** What connectors may know of the ledger. */
export interface LedgerAccess {
  readonly database: Database
  readonly contacts: Contacts
}

export interface ConfiguredOperation extends DeclaredOperation {
  readonly run: (request: unknown, scope: EffectScope, ledger: LedgerAccess) => Promise<unknown>
}

export function configure<Role extends SystemName, Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
  settings: SettingsOf<Schema>,
  account: AccountName = ENVIRONMENT_ACCOUNT,
): ConfiguredConnector {
  const client = connector.client(settings)
  const { webhook } = connector
  return {
    account,
    connector: declarationOf(connector),
    operations: Object.fromEntries(
      // The mapped type of the role hides that each of its values is an operation; `defineConnector` has checked it.
      Object.entries(connector.operations as Record<string, Operation<Client, unknown, unknown>>).map(
        ([name, operation]) => [name, configuredOperation(operation, client)],
      ),
    ),
    health: (signal) => connector.health(client, signal),
    webhook: webhook && configuredWebhook(webhook, settings, client),
  }
}

function configuredOperation<Client>(
  operation: Operation<Client, unknown, unknown>,
  client: Client,
): ConfiguredOperation {
  return {
    ...declaredOperation(operation),
    run: (request, scope, ledger) => {
      const call = callFor({ client, ...ledger }, scope, operation.timeoutMs)
      if (operation.kind === 'reading') return operation.read(request, call)
      return scope.mode === 'make' ? operation.make(request, call) : asked(operation.probe(request, call))
    },
  }
}

/** An attempt may not be sent after its deadline; asking whether it was made has no such limit. */
function callFor<Client>(
  { client, database, contacts }: LedgerAccess & Pick<Call<Client>, 'client'>,
  scope: EffectScope,
  timeoutMs: number,
): Call<Client> {
  const { key, tenant, now } = scope
  const leftMs = scope.mode === 'make' ? Math.min(timeoutMs, scope.deadline - now) : timeoutMs
  const signal = AbortSignal.any([scope.abort, AbortSignal.timeout(Math.max(0, leftMs))])
  return {
    client,
    key,
    tenant,
    now,
    signal,
    begin: () => {
      if (signal.aborted || leftMs <= 0)
        throw new EffectNotMade('TOO_LATE', 'The time of this attempt was over before anything was sent.')
      scope.begin()
    },
    sightings: () => scope.sightings(),
    database,
    contact: (address) => contacts.of(tenant, address),
    stopUrl: (address, language) => contacts.stopUrl(tenant, address, language),
  }
}

/** A probe that cannot be asked tells nothing: without this, "could not be read" would pass for "was not made". */
async function asked(probe: Promise<unknown>): Promise<unknown> {
  try {
    return await probe
  } catch (cause) {
    const says =
      cause instanceof NeverHappened ||
      cause instanceof SafeToRepeat ||
      cause instanceof EffectUnknown ||
      cause instanceof EffectRefused
    if (says) throw cause
    throw new EffectUnknown('PROBE_UNANSWERED', 'Whether it happened could not be asked. Nothing was changed.', {
      cause,
    })
  }
}
