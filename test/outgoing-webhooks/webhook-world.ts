/** Orders that are placed, sealed and told to receivers, by the clock of a ledger that a test holds. */
import type { Actor } from '../../src/engine/commands/actor.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { type Sealer, startSealer } from '../../src/ledger/tree/sealer.ts'
import { addressRules } from '../../src/connectors/address-rules.ts'
import { type Delivery, type DeliverySettings, startDelivery } from '../../src/outgoing-webhooks/delivery.ts'
import { endpointSecrets } from '../../src/outgoing-webhooks/endpoint-secrets.ts'
import type { WebhookParts } from '../../src/outgoing-webhooks/endpoints.ts'
import { postTo } from '../../src/outgoing-webhooks/post.ts'
import { temporaryDirectory } from '../support/audit-log.ts'
import { ephemeralSigner } from '../support/head-signer.ts'
import { masterKey, openOrderWorld, type OrderWorld } from '../support/order-world.ts'
import { Receiver } from './receiver.ts'

export interface WebhookWorld extends AsyncDisposable {
  readonly orders: OrderWorld
  readonly parts: WebhookParts
  readonly operator: Actor
  readonly receiver: Receiver
  readonly troubles: unknown[]
  /** A process that delivers when it is told to. */
  process(more?: Partial<DeliverySettings>): Promise<Delivery>
  /** Gives what was written its place in the trail. */
  seal(): Promise<void>
}

export async function openWebhookWorld(database: Database): Promise<WebhookWorld> {
  await using opening = new AsyncDisposableStack()
  const orders = await openOrderWorld(database)
  opening.defer(() => orders.world.close())
  const receiver = opening.adopt(await Receiver.listen(() => orders.world.now), (one) => one.close())
  const directory = opening.use(temporaryDirectory())
  const troubles: unknown[] = []
  const sealer: Sealer = opening.adopt(
    await startSealer({
      database,
      signer: ephemeralSigner(),
      headsFile: directory.file('heads'),
      everyMs: 30_000,
      onProblem: (problem) => troubles.push(problem),
    }),
    (one) => one.stop(),
  )
  const rules = addressRules(['127.0.0.0/8'])
  const parts = { database, secrets: endpointSecrets(masterKey), rules }
  const closing = opening.move()
  let started = 0
  return {
    orders,
    parts,
    operator: orders.actor('operator'),
    receiver,
    troubles,
    process: (more = {}) => {
      started += 1
      return startDelivery({
        database,
        secrets: parts.secrets,
        post: postTo(rules),
        worker: `process-${started}`,
        everyMs: null,
        chance: () => 0,
        onTrouble: (error) => troubles.push(error),
        ...more,
      })
    },
    seal: async () => {
      await sealer.sealNow()
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
