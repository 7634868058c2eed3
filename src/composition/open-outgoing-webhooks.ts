import type { KeyObject } from 'node:crypto'
import type { Database } from '../ledger/database/database.ts'
import { addressRules } from '../connectors/address-rules.ts'
import { type Delivery, startDelivery } from '../outgoing-webhooks/delivery.ts'
import { endpointSecrets } from '../outgoing-webhooks/endpoint-secrets.ts'
import type { WebhookParts } from '../outgoing-webhooks/endpoints.ts'
import { postTo } from '../outgoing-webhooks/post.ts'
import type { Log } from './log.ts'
import type { SijilSettings } from './settings.ts'

/** The commands about endpoints, and what delivers to them until it is stopped. */
export async function openOutgoingWebhooks(of: {
  readonly database: Database
  readonly masterKey: KeyObject
  readonly settings: Pick<SijilSettings, 'webhookAddresses'>
  readonly worker: string
  readonly log: Log
}): Promise<WebhookParts & Pick<Delivery, 'stop'>> {
  const { database, worker, log } = of
  const secrets = endpointSecrets(of.masterKey)
  const rules = addressRules(of.settings.webhookAddresses)
  const delivery = await startDelivery({
    database,
    secrets,
    post: postTo(rules),
    worker,
    onTrouble: (error) => log.error({ error }, 'outgoing webhooks met trouble'),
  })
  return { database, secrets, rules, stop: () => delivery.stop() }
}
