import type { KeyObject } from 'node:crypto'
import type { Database } from '../ledger/database/database.ts'
import { addressRules } from '../connectors/address-rules.ts'
import { startDelivery } from '../outgoing-webhooks/delivery.ts'
import { endpointSecrets } from '../outgoing-webhooks/endpoint-secrets.ts'
import type { WebhookParts } from '../outgoing-webhooks/endpoints.ts'
import { DeliveryMetrics } from '../outgoing-webhooks/metrics.ts'
import { postTo } from '../outgoing-webhooks/post.ts'
import { startRetention } from '../outgoing-webhooks/retention.ts'
import type { Log } from './log.ts'
import type { SijilSettings } from './settings.ts'

export interface OutgoingWebhooks extends WebhookParts {
  readonly metrics: DeliveryMetrics
  /** Ends after what is under way. */
  stop(): Promise<void>
}

/** The commands about endpoints, and what delivers to them and clears their log until it is stopped. */
export async function openOutgoingWebhooks(of: {
  readonly database: Database
  readonly masterKey: KeyObject
  readonly settings: Pick<SijilSettings, 'webhookAddresses' | 'webhookKeepMs'>
  readonly worker: string
  readonly log: Log
}): Promise<OutgoingWebhooks> {
  const { database, worker, log } = of
  const secrets = endpointSecrets(of.masterKey)
  const rules = addressRules(of.settings.webhookAddresses)
  const metrics = new DeliveryMetrics()
  const onTrouble = (error: unknown) => log.error({ error }, 'outgoing webhooks met trouble')
  const delivery = await startDelivery({
    database,
    secrets,
    post: postTo(rules),
    worker,
    metrics,
    onTrouble,
  })
  const retention = startRetention({ database, keepMs: of.settings.webhookKeepMs, onTrouble })
  return {
    database,
    secrets,
    rules,
    metrics,
    stop: async () => {
      await Promise.all([delivery.stop(), retention.stop()])
    },
  }
}
