import type { z } from 'zod'
import type { VendorEvent } from '../../engine/commands/vendor-events.ts'
import type { ContactWord } from '../contacts.ts'
import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { hmacSha256, sameText } from '../same-bytes.ts'
import { webhookJson } from '../webhook-json.ts'
import { type Reply, type Status, WebhookBody } from './contract.ts'

interface Secrets {
  readonly phoneNumberId: string
  readonly appSecret: string
  readonly verifyToken: string
}

const KNOWN_STATUSES = new Set(['sent', 'delivered', 'read', 'failed'])

const DAY_MS = 86_400_000

export const webhook: SignedWebhook<Secrets> = {
  signature: 'HMAC-SHA256',
  // Nothing that is signed tells the time of the attempt, and Meta repeats for a week.
  replay: { kind: 'remembered', retriesForMs: 7 * DAY_MS },
  account: ({ phoneNumberId }) => phoneNumberId,
  verify: ({ raw, headers }, { appSecret }) => {
    const given = headers['x-hub-signature-256']
    return typeof given === 'string' && sameText(given, `sha256=${hmacSha256(appSecret, raw, 'hex')}`) ? 'good' : 'bad'
  },
  parse: (raw) => {
    const parsed = WebhookBody.safeParse(webhookJson(raw))
    if (!parsed.success) throw new MalformedWebhook('A signed webhook of WhatsApp has another shape than documented')
    return parsed.data.entry.flatMap(({ changes }) =>
      changes.flatMap(({ value: { metadata, statuses = [], messages = [] } }) => {
        if (metadata === undefined) return []
        const account = metadata.phone_number_id
        return [
          ...statuses.filter(({ status }) => KNOWN_STATUSES.has(status)).map((status) => ofStatus(account, status)),
          ...messages.map((reply) => ofReply(account, reply)),
        ]
      }),
    )
  },
  heard: (raw) => {
    const { entry = [] } = WebhookBody.safeParse(webhookJson(raw)).data ?? {}
    return entry.flatMap(({ changes }) => changes.flatMap(({ value }) => wordsIn(value)))
  },
  handshake: (query, { verifyToken }) =>
    query.get('hub.mode') === 'subscribe' && sameText(query.get('hub.verify_token') ?? '', verifyToken)
      ? (query.get('hub.challenge') ?? undefined)
      : undefined,
  rehearsal: ({ verifyToken }) => ({
    question: new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': verifyToken,
      'hub.challenge': 'rehearsal',
    }),
    answer: 'rehearsal',
  }),
}

/** A status has no id of its own; a message has each status once. They may come in any order. */
const ofStatus = (
  account: string,
  { id, status, timestamp, biz_opaque_callback_data, errors }: Status,
): VendorEvent => ({
  connector: 'whatsapp',
  account,
  id: `${id}/${status}`,
  event: status,
  effectKey: biz_opaque_callback_data,
  reference: id,
  at: Number(timestamp) * 1_000,
  payload: errors?.[0] === undefined ? {} : { errorCode: errors[0].code },
})

/** What somebody wrote back; `reference` is our message that it answers, where WhatsApp says which, else its own id. */
const ofReply = (account: string, { id, timestamp, type, context, text, button }: Reply): VendorEvent => ({
  connector: 'whatsapp',
  account,
  id,
  event: 'replied',
  effectKey: undefined,
  reference: context?.id ?? id,
  at: Number(timestamp) * 1_000,
  payload: { type, text: text?.body ?? button?.text ?? null, button: button?.payload ?? null },
})

type Told = z.infer<typeof WebhookBody>['entry'][number]['changes'][number]['value']

/** Whoever writes opens the window in which they may be answered; what the app itself tells of them (`system`) is not theirs. */
function wordsIn({ metadata, messages = [], user_preferences = [] }: Told): readonly ContactWord[] {
  if (metadata === undefined) return []
  const of = { channel: 'whatsapp', account: metadata.phone_number_id } as const
  return [
    ...messages.flatMap(({ from, type, timestamp }): readonly ContactWord[] =>
      from === undefined || type === 'system'
        ? []
        : [{ ...of, address: from, word: 'wrote', at: Number(timestamp) * 1_000 }],
    ),
    ...user_preferences.flatMap(({ wa_id, value, category, timestamp }): readonly ContactWord[] => {
      const word = WISHES.get(value)
      if (category !== 'marketing_messages' || word === undefined) return []
      return [{ ...of, address: wa_id, word, at: Number(timestamp) * 1_000 }]
    }),
  ]
}
/** `signup`: they have asked for messages of a kind, which takes a stop back as well. */
const WISHES = new Map<string, ContactWord['word']>([
  ['stop', 'stop'],
  ['resume', 'resume'],
  ['signup', 'resume'],
])
