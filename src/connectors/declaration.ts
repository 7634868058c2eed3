import type { SystemName } from '../flow/effect.ts'
import type { Connector, Idempotency, Operation, SettingsSchema, UndoneBy } from './connector.ts'
import type { Webhook } from './webhook.ts'

type Traits = Pick<
  Operation<never, never, unknown>,
  'kind' | 'title' | 'documentation' | 'approval' | 'timeoutMs' | 'rateLimit' | 'retry' | 'auditEvent'
>

/** What one operation declares of itself. */
export interface DeclaredOperation extends Traits {
  /** Undefined for an operation that only reads. */
  readonly idempotency: Idempotency | undefined
  readonly undoneBy: UndoneBy | undefined
}

/** What a connector declares of itself, with nothing in it that could be called: for catalogues, audits and documents. */
export interface Declaration
  extends Pick<
    Connector,
    | 'key'
    | 'system'
    | 'displayName'
    | 'version'
    | 'documentation'
    | 'external'
    | 'classification'
    | 'personalData'
    | 'processedIn'
  > {
  readonly builtIn: boolean
  readonly operations: Readonly<Record<string, DeclaredOperation>>
  readonly webhook: Pick<Webhook<never>, 'signature' | 'replay'> | undefined
}

export function declarationOf<Role extends SystemName, Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
): Declaration {
  const { key, system, displayName, version, documentation, external, classification, personalData, processedIn } =
    connector
  return {
    key,
    system,
    displayName,
    version,
    documentation,
    external,
    classification,
    personalData,
    processedIn,
    builtIn: connector.builtIn === true,
    // The mapped type of the role hides that each of its values is an operation; `defineConnector` has checked it.
    operations: Object.fromEntries(
      Object.entries(connector.operations as Record<string, Operation<Client, unknown, unknown>>).map(
        ([name, operation]) => [name, declaredOperation(operation)],
      ),
    ),
    webhook: connector.webhook && { signature: connector.webhook.signature, replay: connector.webhook.replay },
  }
}

export function declaredOperation<Client>(operation: Operation<Client, unknown, unknown>): DeclaredOperation {
  const { kind, title, documentation, approval, timeoutMs, rateLimit, retry, auditEvent } = operation
  return {
    kind,
    title,
    documentation,
    approval,
    timeoutMs,
    rateLimit,
    retry,
    auditEvent,
    idempotency: operation.kind === 'changing' ? operation.idempotency : undefined,
    undoneBy: operation.kind === 'changing' ? operation.undoneBy : undefined,
  }
}
