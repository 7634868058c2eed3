import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import type { ConfiguredWebhook } from '../../connectors/configured-connector.ts'
import { MalformedWebhook } from '../../connectors/connector.ts'
import { receiveVendorEvents, type VendorEvent } from '../../engine/commands/vendor-events.ts'
import { MalformedId, parseTenantId, type TenantId } from '../../ledger/ids.ts'
import { readTenant } from '../../ledger/reading/organisation.ts'
import type { HttpEnv } from '../caller.ts'
import { HttpRefusal } from '../http-refusal.ts'
import { refuses } from './described.ts'

const path = '/webhooks/{tenant}/{connector}/{account}'
const params = z.object({ tenant: z.string(), connector: z.string(), account: z.string() })
const tags = ['webhooks']

const receive = createRoute({
  method: 'post',
  path,
  tags,
  summary: 'Where a vendor tells us what happened',
  description: 'The vendor’s signature over the raw bytes is the key. Answered only when every event is durable.',
  security: [],
  request: { params },
  responses: { 200: { description: 'Recorded, or known already.' }, ...refuses },
})

const handshake = createRoute({
  method: 'get',
  path,
  tags,
  summary: 'A vendor asks whether this address is ours',
  security: [],
  request: { params },
  responses: { 200: { description: 'The vendor’s challenge.' }, ...refuses },
})

export function addWebhookRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.openapi(receive, async (c) => {
    const { tenant, connector, account } = c.req.valid('param')
    const webhook = webhookOf(sijil, connector, account)
    const raw = Buffer.from(await c.req.arrayBuffer())
    if (webhook.verify(raw, c.req.header()) === 'bad') {
      sijil.log.warn({ connector, bytes: raw.length }, 'a webhook without a good signature')
      throw new HttpRefusal('BAD_SIGNATURE')
    }
    const known = await knownTenant(sijil, tenant)
    const answers = await receiveVendorEvents(sijil, known, eventsIn(webhook, raw))
    sijil.log.info({ tenant: known, connector, answers }, 'webhook received')
    return c.body('', 200)
  })
  app.openapi(handshake, async (c) => {
    const { tenant, connector, account } = c.req.valid('param')
    const webhook = webhookOf(sijil, connector, account)
    await knownTenant(sijil, tenant)
    const challenge = webhook.handshake(new URL(c.req.url).searchParams)
    if (challenge === undefined) throw new HttpRefusal('BAD_SIGNATURE')
    return c.text(challenge, 200)
  })
}

function webhookOf({ connectors }: Sijil, key: string, account: string): ConfiguredWebhook {
  const webhook = connectors.find(({ connector }) => connector.key === key)?.webhook
  if (webhook === undefined || webhook.account !== account) throw new HttpRefusal('NO_SUCH_ADDRESS')
  return webhook
}

async function knownTenant({ database }: Sijil, text: string): Promise<TenantId> {
  const tenant = tenantIn(text)
  if (tenant === undefined || (await readTenant(database, tenant)) === undefined)
    throw new HttpRefusal('NO_SUCH_ADDRESS')
  return tenant
}

function tenantIn(text: string): TenantId | undefined {
  try {
    return parseTenantId(text)
  } catch (error) {
    if (error instanceof MalformedId) return undefined
    throw error
  }
}

function eventsIn(webhook: ConfiguredWebhook, raw: Buffer): readonly VendorEvent[] {
  try {
    return webhook.parse(raw)
  } catch (cause) {
    if (cause instanceof MalformedWebhook) throw new HttpRefusal('MALFORMED_WEBHOOK', { cause })
    throw cause
  }
}
