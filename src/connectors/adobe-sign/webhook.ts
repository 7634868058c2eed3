import type { VendorEvent } from '../../engine/commands/vendor-events.ts'
import { sameText } from '../same-bytes.ts'
import type { EnvelopeStatus } from '../systems.ts'
import { type HintingWebhook, MalformedWebhook, type WebhookHeaders } from '../webhook.ts'
import { webhookJson } from '../webhook-json.ts'
import { type Client, historyOf, standingOf } from './agreements.ts'
import { WebhookBody } from './contract.ts'

interface Settings {
  readonly clientId: string
}

const HEADER = 'x-adobesign-clientid'
const HOUR_MS = 3_600_000

/** What the standing of an agreement is to a flow; of a draft nobody is told. */
const EVENTS: Readonly<Record<EnvelopeStatus, string | undefined>> = {
  draft: undefined,
  out: 'sent',
  signed: 'signed',
  declined: 'declined',
  voided: 'voided',
  expired: 'expired',
}

/**
 * Acrobat Sign signs nothing. What comes must name the id of our application, which is no secret, and is then taken for a hint
 * that something befell an agreement: what it is now, and whose key it carries, is read from Acrobat Sign itself.
 */
export const webhook: HintingWebhook<Settings, Client> = {
  signature: 'none',
  // Fifteen attempts within 72 hours.
  replay: { kind: 'remembered', retriesForMs: 72 * HOUR_MS },
  account: ({ clientId }) => clientId,
  verify: ({ headers }, settings) => (isOurs(headers, settings) ? 'good' : 'bad'),
  handshake: (_query, { clientId }, headers) =>
    isOurs(headers, { clientId }) ? JSON.stringify({ xAdobeSignClientId: clientId }) : undefined,
  acknowledgedWith: ({ clientId }) => ({ 'X-AdobeSign-ClientId': clientId }),
  parse: (raw, _url, { clientId }) => {
    const parsed = WebhookBody.safeParse(webhookJson(raw))
    if (!parsed.success) throw new MalformedWebhook('A webhook of Acrobat Sign has another shape than documented')
    const { event, agreement } = parsed.data
    const id = `${agreement.id}/${event}`
    return [
      {
        connector: 'adobe-sign',
        account: clientId,
        id,
        event,
        effectKey: undefined,
        reference: agreement.id,
        at: 0,
        payload: {},
      },
    ]
  },
  confirm,
}

async function confirm(hint: VendorEvent, client: Client, signal: AbortSignal): Promise<VendorEvent | undefined> {
  const { reference } = hint
  const of = { client, signal }
  const { status, key } = await standingOf(reference, of)
  const event = EVENTS[status]
  // Nothing of ours: other applications of the account send agreements too.
  if (key === undefined || event === undefined) return undefined
  const dates = (await historyOf(reference, of)).map(({ date }) => Date.parse(date))
  return {
    ...hint,
    // An agreement comes to each of these once; several hints may tell of the same.
    id: `${reference}/${event}`,
    event,
    effectKey: key,
    at: Math.max(0, ...dates),
  }
}

function isOurs(headers: WebhookHeaders, { clientId }: Settings): boolean {
  const given = headers[HEADER]
  return typeof given === 'string' && sameText(given, clientId)
}
