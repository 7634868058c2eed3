import type { VendorEvent } from '../../engine/commands/vendor-events.ts'
import { hmacSha256, sameText } from '../same-bytes.ts'
import { keyOfEnvelope } from './envelope-id.ts'
import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { domainOf } from './contract.ts'
import { type Action, type DeliveryReport, deliveryReports, UnreadableReport } from './delivery-report.ts'

interface Secrets {
  readonly from: string
  readonly bounceSecret: string | undefined
}

/** `relayed`: handed to a server that tells no more. A list that was resolved to its members is no word about any of them. */
const EVENTS: Readonly<Record<Action, string | undefined>> = {
  failed: 'bounced',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'relayed',
  expanded: undefined,
}

const DAY_MS = 86_400_000

/**
 * The mail server hands back what comes to the address of bounces: the bytes of each mail, signed with a secret that it shares with us.
 * That signature says that it came through our mail server. Anybody may write there, so a report counts only with the id of the envelope,
 * which nobody knows but those who have had the mail.
 */
export const webhook: SignedWebhook<Secrets> = {
  signature: 'HMAC-SHA256',
  // Mail servers try again for up to five days.
  replay: { kind: 'remembered', retriesForMs: 5 * DAY_MS },
  account: ({ from }) => domainOf(from),
  verify: ({ raw, headers }, { bounceSecret }) => {
    const given = headers['x-sijil-signature']
    if (bounceSecret === undefined || typeof given !== 'string') return 'bad'
    return sameText(given, `sha256=${hmacSha256(bounceSecret, raw, 'hex')}`) ? 'good' : 'bad'
  },
  parse: (raw, _url, { from, bounceSecret }) =>
    reportsIn(raw).flatMap((report) => {
      const event = EVENTS[report.action]
      const id = report.envelopeIds.map((one) => keyOfEnvelope(one, bounceSecret)).find((key) => key !== undefined)
      return event === undefined || id === undefined ? [] : [eventOf(report, event, id, domainOf(from))]
    }),
}

function reportsIn(raw: Buffer): readonly DeliveryReport[] {
  try {
    return deliveryReports(raw)
  } catch (cause) {
    if (cause instanceof UnreadableReport)
      throw new MalformedWebhook('A report on a mail has another shape than RFC 3464 documents', { cause })
    throw cause
  }
}

/** A server may tell several times that it still tries, and every one after it: of each kind of event one counts. */
function eventOf({ messageId, status, at }: DeliveryReport, event: string, key: string, account: string): VendorEvent {
  return {
    connector: 'smtp',
    account,
    id: `${key}/${event}`,
    event,
    effectKey: key,
    reference: messageId ?? key,
    at,
    payload: { status, permanent: status.startsWith('5') },
  }
}
