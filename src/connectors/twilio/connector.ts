import { EffectUnknown, NeverHappened } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { exchange } from '../http-exchange.ts'
import type { ShortMessage } from '../roles/sms.ts'
import { senderFor } from '../sms-rules.ts'
import { answerOfChange, answerOfReading, type Dialect, healthFrom } from '../sorted-answer.ts'
import { refuseStopped } from '../stopped-contact.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { ErrorBody, ListAnswer, MessageAnswer, settings } from './contract.ts'
import { callbackOf, webhook } from './webhook.ts'

type Client = SettingsOf<typeof settings>
interface Sent {
  readonly messageId: string
}

const dialect: Dialect = {
  vendor: 'Twilio',
  code: (body) => ErrorBody.safeParse(body).data?.code.toString(),
}

/**
 * Text messages through Twilio. It knows no idempotency key; ours travels in the address to which statuses are reported, so that each
 * status says whose it is. A list of messages carries no key: it can say that there is none, and not that one is ours.
 */
export const twilio = defineConnector({
  key: 'twilio',
  system: 'sms',
  displayName: { en: 'Twilio', ar: 'تويليو' },
  version: '2010-04-01',
  documentation: 'https://www.twilio.com/docs/messaging/api/message-resource',
  external: true,
  classification: 'confidential',
  personalData: [
    { en: 'Phone number of the recipient', ar: 'رقم هاتف المستلم' },
    { en: 'Whatever the message says', ar: 'كل ما تقوله الرسالة' },
  ],
  processedIn: {
    en: 'In the region of the Twilio account, by default the United States: abroad',
    ar: 'في منطقة حساب تويليو، والافتراضي الولايات المتحدة: خارج المملكة',
  },
  settings,
  client: (given: Client) => given,
  operations: {
    send: {
      kind: 'changing',
      title: { en: 'Send a text message', ar: 'إرسال رسالة نصية' },
      documentation: 'https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource',
      approval: 'B',
      idempotency: 'probe',
      undoneBy: {
        never: { en: 'A message that was handed over cannot be called back', ar: 'لا يمكن استرجاع رسالة بعد تسليمها' },
      },
      timeoutMs: 20_000,
      rateLimit: { calls: 10, perMs: 1_000 },
      retry: { attempts: 8, firstWaitMs: 2_000, longestWaitMs: 300_000 },
      auditEvent: 'sms.sent',
      make: send,
      probe: sentBefore,
    },
  },
  health: (client, signal) => healthFrom(listed({ PageSize: '1' }, { client, signal })),
  webhook,
})

async function send(message: ShortMessage, call: Call<Client>): Promise<Sent> {
  const { client, key, tenant, now } = call
  const { to, text, purpose } = message
  if (purpose === 'promotion') await refuseStopped(call, { channel: 'sms', account: client.accountSid, address: to })
  const sender = senderFor(message, client, now)
  const form = new URLSearchParams({ To: to, Body: text })
  form.set(/^MG[0-9a-f]{32}$/i.test(sender) ? 'MessagingServiceSid' : 'From', sender)
  const callback = callbackOf(client, tenant, keyOnTheWire(key, LONGEST_KEY))
  if (callback !== undefined) form.set('StatusCallback', callback)
  call.begin()
  const result = await exchange({ ...reaching(call), method: 'POST', path: pathOf(client), body: form })
  return { messageId: answerOfChange(result, MessageAnswer, dialect).sid }
}

/** Encoded, it must leave room in an address. */
const LONGEST_KEY = 300

async function sentBefore({ to, text }: ShortMessage, call: Call<Client>): Promise<Sent> {
  const { accountSid, settlingMs } = call.client
  const sightings = await call.sightings()
  const ours = sightings.find(({ connector, account }) => connector === 'twilio' && account === accountSid)
  if (ours !== undefined) return { messageId: ours.reference }
  // Messages under way have no date of sending yet, so the list is not narrowed by it.
  const { messages } = await listed({ To: to, PageSize: String(PAGE) }, call)
  if (messages.length < PAGE && messages.every(({ body }) => body !== text)) throw new NeverHappened(settlingMs)
  throw new EffectUnknown(
    'MAYBE_SENT',
    'Twilio lists a message with this text to this number, or too many to tell; it may be ours. A status may still come, or a person decides.',
  )
}
const PAGE = 100

const listed = async (
  query: Readonly<Record<string, string>>,
  { client, signal }: Pick<Call<Client>, 'client' | 'signal'>,
) =>
  answerOfReading(
    await exchange({ ...reaching({ client, signal }), method: 'GET', path: pathOf(client), query }),
    ListAnswer,
    dialect,
  )

const pathOf = ({ accountSid }: Client) => `2010-04-01/Accounts/${accountSid}/Messages.json`

const reaching = ({ client: { url, accountSid, authToken }, signal }: Pick<Call<Client>, 'client' | 'signal'>) => ({
  base: url,
  headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
  signal,
})
