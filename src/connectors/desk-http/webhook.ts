import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { type Arrival, MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { webhookJson } from '../webhook-json.ts'
import { AnswerBody } from './contract.ts'

interface Secrets {
  readonly answerSecret: string
  readonly account: string
}

/** What the library allows as well, either way. */
const WINDOW_MS = 5 * 60_000
const EVENTS = new Map([
  ['task.accepted', 'accepted'],
  ['task.answered', 'answered'],
])

const header = ({ headers }: Arrival, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

export const webhook: SignedWebhook<Secrets> = {
  signature: 'Standard Webhooks',
  replay: {
    kind: 'time window',
    windowMs: WINDOW_MS,
    attemptAt: (arrival) => {
      const seconds = header(arrival, 'webhook-timestamp') ?? ''
      return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1_000 : undefined
    },
  },
  account: ({ account }) => account,
  verify: (arrival, { answerSecret }) => {
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
    const headers = Object.fromEntries(names.map((name) => [name, header(arrival, name) ?? '']))
    try {
      new Webhook(answerSecret).verify(arrival.raw, headers, { jsonParse: false })
      return 'good'
    } catch (error) {
      if (error instanceof WebhookVerificationError) return 'bad'
      throw error
    }
  },
  parse: (raw) => {
    const parsed = AnswerBody.safeParse(webhookJson(raw))
    if (!parsed.success) throw new MalformedWebhook('A signed answer of a desk has another shape than documented')
    const { type, timestamp, data } = parsed.data
    const event = EVENTS.get(type)
    if (event === undefined) return []
    const { id, account, outcome = null, comments = null } = data
    return [
      {
        connector: 'desk-http',
        account,
        // A task is accepted once and answered once, however often the desk says so.
        id: `${id}/${event}`,
        event,
        effectKey: id,
        reference: id,
        at: Date.parse(timestamp),
        payload: event === 'answered' ? { outcome, comments } : {},
      },
    ]
  },
}
