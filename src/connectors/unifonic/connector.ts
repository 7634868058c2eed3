import { EffectUnknown } from '../../flow/failure.ts'
import { type Call, defineConnector, type Health, type SettingsOf } from '../connector.ts'
import { exchange } from '../http-exchange.ts'
import type { ShortMessage } from '../roles/sms.ts'
import { senderFor } from '../sms-rules.ts'
import { answerOfChange, type Dialect } from '../sorted-answer.ts'
import { refuseStopped } from '../stopped-contact.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { ErrorBody, SendAnswer, settings } from './contract.ts'
import { accountOf, callbackOf, webhook } from './webhook.ts'

type Client = SettingsOf<typeof settings>
interface Sent {
  readonly messageId: string
}

const dialect: Dialect = {
  vendor: 'Unifonic',
  // Which of its codes may be tried again is not documented: a plain no is taken for good.
  meaning: (status, body) =>
    status < 300 && ErrorBody.safeParse(body).data?.success === false ? 'refused' : undefined,
  code: (body) => ErrorBody.safeParse(body).data?.errorCode,
}

/**
 * Text messages through Unifonic. It knows no idempotency key and cannot be asked for a message; our key travels as CorrelationID and in
 * the address to which statuses are reported, and a status is the only proof that a message was taken.
 */
export const unifonic = defineConnector({
  key: 'unifonic',
  system: 'sms',
  displayName: { en: 'Unifonic', ar: 'يونيفونك' },
  version: 'rest/SMS',
  documentation: 'https://docs.unifonic.com/docs/sending-your-first-sms-via-unifonic-api',
  external: true,
  classification: 'confidential',
  personalData: [
    { en: 'Phone number of the recipient', ar: 'رقم هاتف المستلم' },
    { en: 'Whatever the message says', ar: 'كل ما تقوله الرسالة' },
  ],
  processedIn: {
    en: 'At a Saudi provider; where exactly, its contract says',
    ar: 'لدى مزود سعودي، ومكان المعالجة يحدده العقد',
  },
  settings,
  client: (given: Client) => given,
  operations: {
    send: {
      kind: 'changing',
      title: { en: 'Send a text message', ar: 'إرسال رسالة نصية' },
      documentation: 'https://docs.unifonic.com/docs/sending-your-first-sms-via-unifonic-api',
      approval: 'B',
      idempotency: 'none',
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
  health: reachable,
  webhook,
})

async function send(message: ShortMessage, call: Call<Client>): Promise<Sent> {
  const { client, key, tenant, now, signal } = call
  const { to, text, purpose } = message
  const promotes = purpose === 'promotion'
  if (promotes) await refuseStopped(call, { channel: 'sms', account: accountOf(client), address: to })
  const type = promotes ? client.promotionType : client.messageType
  const form = new URLSearchParams({
    AppSid: client.appSid,
    SenderID: senderFor(message, client, now),
    // International digits, with neither + nor 00.
    Recipient: to.replace('+', ''),
    Body: text,
    responseType: 'JSON',
    CorrelationID: keyOnTheWire(key, LONGEST_KEY),
    ...(type === undefined ? {} : { MessageType: type }),
  })
  const callback = callbackOf(client, tenant, keyOnTheWire(key, LONGEST_KEY))
  if (callback !== undefined) form.set('statusCallback', callback)
  call.begin()
  const result = await exchange({ method: 'POST', base: client.url, path: 'rest/SMS/messages', body: form, signal })
  return { messageId: answerOfChange(result, SendAnswer, dialect).data.MessageID }
}

/** How long a CorrelationID may be is not documented. */
const LONGEST_KEY = 200

async function sentBefore(_message: ShortMessage, call: Call<Client>): Promise<Sent> {
  const sightings = await call.sightings()
  const ours = sightings.find((one) => one.connector === 'unifonic' && one.account === accountOf(call.client))
  if (ours !== undefined) return { messageId: ours.reference }
  throw new EffectUnknown(
    'NOT_SEEN',
    'Unifonic has sent no status for this message, and some networks send none; one may still come, or a person decides.',
  )
}

/** No call is known that needs the AppSid and sends nothing: whether the server answers at all is what can be told. */
async function reachable({ url }: Client, signal: AbortSignal): Promise<Health> {
  const result = await exchange({ method: 'GET', base: url, path: '', signal })
  if (result.kind === 'answered' && result.status < 500) return { state: 'up' }
  return { state: 'down', code: 'UNREACHABLE', message: 'Unifonic does not answer.' }
}
