import type { VendorEvent } from '../engine/commands/vendor-events.ts'
import type { EffectScope } from '../engine/systems.ts'
import type { SystemName } from '../flow/effect.ts'
import { EffectNotMade, EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../flow/failure.ts'
import type {
  Call,
  ChangingOperation,
  Connector,
  Health,
  Operation,
  SettingsOf,
  SettingsSchema,
  WebhookHeaders,
} from './connector.ts'

/** A connector with its settings inside, so that nobody above it ever holds them. */
export interface ConfiguredConnector {
  /** What the connector declares of itself: for catalogues, audits and health pages. */
  readonly connector: Pick<
    Connector,
    'key' | 'system' | 'displayName' | 'version' | 'documentation' | 'external' | 'classification' | 'personalData'
  >
  readonly operations: Readonly<Record<string, ConfiguredOperation>>
  readonly health: (signal: AbortSignal) => Promise<Health>
  readonly webhook: ConfiguredWebhook | undefined
}

export type ConfiguredOperation = Pick<
  Operation<never, never, unknown>,
  'kind' | 'title' | 'documentation' | 'approval' | 'timeoutMs' | 'rateLimit' | 'retry' | 'auditEvent'
> & {
  readonly idempotency: ChangingOperation<never, never, unknown>['idempotency'] | undefined
  readonly run: (request: unknown, scope: EffectScope) => Promise<unknown>
}

export interface ConfiguredWebhook {
  readonly account: string
  readonly verify: (raw: Buffer, headers: WebhookHeaders) => 'good' | 'bad'
  readonly parse: (raw: Buffer) => readonly VendorEvent[]
  readonly handshake: (query: URLSearchParams) => string | undefined
}

export function configure<Role extends SystemName, Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
  settings: SettingsOf<Schema>,
): ConfiguredConnector {
  const client = connector.client(settings)
  const { webhook } = connector
  return {
    connector,
    operations: Object.fromEntries(
      // The mapped type of the role hides that each of its values is an operation; `defineConnector` has checked it.
      Object.entries(connector.operations as Record<string, Operation<Client, unknown, unknown>>).map(
        ([name, operation]) => [name, configuredOperation(operation, client)],
      ),
    ),
    health: (signal) => connector.health(client, signal),
    webhook: webhook && {
      account: webhook.account(settings),
      verify: (raw, headers) => webhook.verify(raw, headers, settings),
      parse: webhook.parse,
      handshake: (query) => webhook.handshake?.(query, settings),
    },
  }
}

function configuredOperation<Client>(
  operation: Operation<Client, unknown, unknown>,
  client: Client,
): ConfiguredOperation {
  return {
    ...operation,
    idempotency: operation.kind === 'changing' ? operation.idempotency : undefined,
    run: (request, scope) => {
      const call = callFor(client, scope, operation.timeoutMs)
      if (operation.kind === 'reading') return operation.read(request, call)
      return scope.mode === 'make' ? operation.make(request, call) : asked(operation.probe(request, call))
    },
  }
}

/** An attempt may not be sent after its deadline; asking whether it was made has no such limit. */
function callFor<Client>(client: Client, scope: EffectScope, timeoutMs: number): Call<Client> {
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
