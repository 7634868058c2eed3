import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { hmacSha256, sameText } from '../same-bytes.ts'
import { webhookJson } from '../webhook-json.ts'
import { KEY_FIELD, WebhookBody } from './contract.ts'

interface Secrets {
  readonly accountId: string
  readonly hmacKeys: readonly string[]
}

/** Completed means that all have signed. Events of single recipients are left out: no flow waits for them. */
const EVENTS = new Map([
  ['envelope-sent', 'sent'],
  ['envelope-delivered', 'delivered'],
  ['envelope-completed', 'signed'],
  ['envelope-declined', 'declined'],
  ['envelope-voided', 'voided'],
])

const DAY_MS = 86_400_000

export const webhook: SignedWebhook<Secrets> = {
  signature: 'HMAC-SHA256',
  // The time in the body is that of the event. Without acknowledgement: once a day, ten times; its log keeps 15 days to send again.
  replay: { kind: 'remembered', retriesForMs: 15 * DAY_MS },
  account: ({ accountId }) => accountId,
  verify: ({ raw, headers }, { hmacKeys }) => {
    const given = Object.entries(headers)
      .filter(([name]) => /^x-docusign-signature-\d{1,3}$/.test(name))
      .flatMap(([, value]) => value ?? [])
    const expected = hmacKeys.map((key) => hmacSha256(key, raw, 'base64'))
    return given.some((signature) => expected.some((own) => sameText(signature, own))) ? 'good' : 'bad'
  },
  parse: (raw) => {
    const parsed = WebhookBody.safeParse(webhookJson(raw))
    if (!parsed.success) throw new MalformedWebhook('A signed webhook of DocuSign has another shape than documented')
    const { event: name, generatedDateTime, data } = parsed.data
    const event = EVENTS.get(name)
    if (event === undefined) return []
    const fields = data.envelopeSummary?.customFields?.textCustomFields ?? []
    return [
      {
        connector: 'docusign',
        account: data.accountId,
        // An envelope passes each of these once; a delivery that is repeated has nothing else that stays the same.
        id: `${data.envelopeId}/${event}`,
        event,
        effectKey: fields.find((field) => field.name === KEY_FIELD)?.value ?? undefined,
        reference: data.envelopeId,
        at: Date.parse(withZone(generatedDateTime)),
        payload: {},
      },
    ]
  },
}

/** DocuSign writes UTC, with or without saying so. */
const withZone = (time: string) => (/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`)
