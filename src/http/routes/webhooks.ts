import type { HonoRequest } from 'hono'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import type { Receiver } from '../../connectors/accounts.ts'
import type { ConfiguredWebhook } from '../../connectors/configured-webhook.ts'
import { type Arrival, MalformedWebhook } from '../../connectors/webhook.ts'
import { receiveVendorEvents, type VendorEvent } from '../../engine/commands/vendor-events.ts'
import { EffectNotMade } from '../../flow/failure.ts'
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
    const { webhook } = receiverOf(sijil, tenant, connector, account)
    const arrival = await arrivalOf(c.req, sijil)
    const verdict = webhook.verify(arrival)
    if (verdict !== 'good') {
      sijil.log.warn({ connector, bytes: arrival.raw.length, verdict }, 'a webhook without a good signature')
      throw new HttpRefusal(verdict === 'late' ? 'LATE_WEBHOOK' : 'BAD_SIGNATURE')
    }
    const known = await knownTenant(sijil, tenant)
    const isVouched = voucher({ tenant, connector, arrival }, sijil)
    const events = (await eventsIn(webhook, arrival)).filter(isVouched)
    await sijil.contacts.note(known, webhook.heard(arrival.raw).filter(isVouched), `webhook ${connector}`)
    const answers = await receiveVendorEvents(sijil, known, events)
    sijil.log.info({ tenant: known, connector, answers }, 'webhook received')
    return c.body('', 200, webhook.acknowledgement)
  })
  app.openapi(handshake, async (c) => {
    const { tenant, connector, account } = c.req.valid('param')
    const { webhook } = receiverOf(sijil, tenant, connector, account)
    await knownTenant(sijil, tenant)
    const challenge = webhook.handshake(new URL(c.req.url).searchParams, c.req.header())
    if (challenge === undefined) throw new HttpRefusal('BAD_SIGNATURE')
    return c.text(challenge, 200, webhook.acknowledgement)
  })
}

function receiverOf({ accounts }: Sijil, tenant: string, connector: string, account: string): Receiver {
  const receiver = accounts.receiving(tenant, connector, account)
  if (receiver === undefined) throw new HttpRefusal('NO_SUCH_ADDRESS')
  return receiver
}

interface Origin {
  readonly tenant: string
  readonly connector: string
  readonly arrival: Arrival
}

/**
 * Whether the signature vouches for what is told of an account: a vendor may tell at one address of several accounts that share a key.
 * The rest is left out, however well it is signed: whoever holds the key of one account must not speak for another.
 */
const voucher =
  ({ tenant, connector, arrival }: Origin, { accounts, log }: Sijil) =>
  (told: { readonly account: string }): boolean => {
    const receiver = accounts.receiving(tenant, connector, told.account)
    const vouched = receiver?.webhook.account === told.account && receiver.webhook.verify(arrival) === 'good'
    if (!vouched) log.warn({ tenant, connector }, 'something of an account that is not ours')
    return vouched
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

/** Vendors know us by our public address, whatever proxy stands in between. */
async function arrivalOf(request: HonoRequest, { publicUrl }: Sijil): Promise<Arrival> {
  const { pathname, search } = new URL(request.url)
  return {
    raw: Buffer.from(await request.arrayBuffer()),
    headers: request.header(),
    url: `${publicUrl}${pathname}${search}`,
    now: Date.now(),
  }
}

/** A vendor that signs nothing waits a few seconds for our answer, in which it must have been asked. */
const CONFIRMING_MS = 4_000

async function eventsIn(webhook: ConfiguredWebhook, { raw, url }: Arrival): Promise<readonly VendorEvent[]> {
  try {
    return await webhook.confirmed(webhook.parse(raw, url), AbortSignal.timeout(CONFIRMING_MS))
  } catch (cause) {
    if (cause instanceof MalformedWebhook) throw new HttpRefusal('MALFORMED_WEBHOOK', { cause })
    if (cause instanceof EffectNotMade) throw new HttpRefusal('UNCONFIRMED_WEBHOOK', { cause })
    throw cause
  }
}
