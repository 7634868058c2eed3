import { hmacSha256, sameText } from '../same-bytes.ts'
import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { webhookJson } from '../webhook-json.ts'
import { KEY_FIELD, WebhookBody } from './contract.ts'

interface Secrets {
  readonly account: string
  readonly webhookSecret: string
}

const EVENTS = new Map([
  ['BOOKING_REQUESTED', 'requested'],
  ['BOOKING_CREATED', 'booked'],
  ['BOOKING_RESCHEDULED', 'rescheduled'],
  ['BOOKING_CANCELLED', 'cancelled'],
  ['BOOKING_REJECTED', 'rejected'],
])
const DAY_MS = 86_400_000

export const webhook: SignedWebhook<Secrets> = {
  signature: 'HMAC-SHA256',
  // The time in the body is that of the event. How long it is repeated is not published.
  replay: { kind: 'remembered', retriesForMs: 7 * DAY_MS },
  account: ({ account }) => account,
  /** Where no secret is set there, the header says `no-secret-provided`, which is no signature. */
  verify: ({ raw, headers }, { webhookSecret }) => {
    const given = headers['x-cal-signature-256']
    return typeof given === 'string' && sameText(given, hmacSha256(webhookSecret, raw, 'hex')) ? 'good' : 'bad'
  },
  parse: (raw, _url, { account }) => {
    const parsed = WebhookBody.safeParse(webhookJson(raw))
    if (!parsed.success) throw new MalformedWebhook('A signed webhook of Cal.com has another shape than documented')
    const { triggerEvent, createdAt, payload } = parsed.data
    const event = EVENTS.get(triggerEvent)
    if (event === undefined) return []
    const key = payload.metadata?.[KEY_FIELD]
    return [
      {
        connector: 'cal-com',
        account,
        id: `${payload.uid}/${triggerEvent}/${createdAt}`,
        event,
        effectKey: typeof key === 'string' ? key : undefined,
        reference: payload.uid,
        at: Date.parse(createdAt),
        payload: {},
      },
    ]
  },
}
