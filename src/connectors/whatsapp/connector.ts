import { z } from 'zod'
import { EffectRefused, EffectUnknown } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { exchange } from '../http-exchange.ts'
import { answerOfChange, answerOfReading, type Dialect, healthFrom, type Meaning } from '../sorted-answer.ts'
import { refuseStopped } from '../stopped-contact.ts'
import type { TemplateMessage, TextMessage } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { ErrorBody, LONGEST_KEY, SendAnswer, settings } from './contract.ts'
import { webhook } from './webhook.ts'

type Client = SettingsOf<typeof settings>

/** Meta asks to build on the code of the error, not on the HTTP status. Codes that are not here mean a refusal. */
const MEANING_OF_CODE = new Map<number, Meaning>([
  ...[0, 3, 10, 33, 190, 131005, 131031, 131042, 131044, 131045].map((code) => [code, 'credentials'] as const),
  ...[4, 80007, 130429, 131048, 131056, 131057].map((code) => [code, 'not made'] as const),
  ...[131000, 131016, 135000].map((code) => [code, 'unknown'] as const),
])

const dialect: Dialect = {
  vendor: 'WhatsApp',
  meaning: (status, body) => {
    const code = ErrorBody.safeParse(body).data?.error.code
    if (code === undefined) return undefined
    const known = MEANING_OF_CODE.get(code)
    if (known !== undefined) return known
    return status >= 500 ? 'unknown' : status === 429 ? 'not made' : 'refused'
  },
  code: (body) => ErrorBody.safeParse(body).data?.error.code.toString(),
}

/**
 * Messages of the WhatsApp Business Cloud API. It knows no idempotency key and cannot be asked for a message; our key
 * travels as callback data, and the statuses that bring it back are the only proof that a message was taken.
 */
export const whatsapp = defineConnector({
  key: 'whatsapp',
  system: 'whatsapp',
  displayName: { en: 'WhatsApp Business', ar: 'واتساب للأعمال' },
  version: 'v23.0',
  documentation: 'https://developers.facebook.com/docs/whatsapp/cloud-api',
  external: true,
  classification: 'confidential',
  personalData: [
    { en: 'Phone number of the recipient', ar: 'رقم هاتف المستلم' },
    { en: 'Texts that fill the template, and answers', ar: 'النصوص المعبأة في القالب والردود' },
  ],
  processedIn: {
    en: 'Where Meta keeps it for the number; to be taken for abroad unless its contract says otherwise',
    ar: 'حيث تحفظه ميتا لهذا الرقم؛ ويُعد خارج المملكة ما لم ينص عقدها على غير ذلك',
  },
  settings,
  client: (given: Client) => given,
  operations: {
    sendTemplate: {
      kind: 'changing',
      title: { en: 'Send a message from a template', ar: 'إرسال رسالة من قالب' },
      documentation: 'https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates',
      approval: 'B',
      idempotency: 'none',
      undoneBy: {
        never: { en: 'The interface has no way to take a message back', ar: 'لا توفر الواجهة وسيلة لسحب رسالة مرسلة' },
      },
      timeoutMs: 20_000,
      rateLimit: { calls: 80, perMs: 1_000 },
      retry: { attempts: 8, firstWaitMs: 6_000, longestWaitMs: 300_000 },
      auditEvent: 'whatsapp.sent',
      make: sendTemplate,
      probe: sentBefore,
    },
    sendText: {
      kind: 'changing',
      title: { en: 'Answer somebody who has written', ar: 'الرد على من راسلنا' },
      documentation: 'https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages',
      approval: 'B',
      idempotency: 'none',
      undoneBy: {
        never: { en: 'The interface has no way to take a message back', ar: 'لا توفر الواجهة وسيلة لسحب رسالة مرسلة' },
      },
      timeoutMs: 20_000,
      rateLimit: { calls: 80, perMs: 1_000 },
      retry: { attempts: 8, firstWaitMs: 6_000, longestWaitMs: 300_000 },
      auditEvent: 'whatsapp.answered',
      make: sendText,
      probe: sentBefore,
    },
  },
  health: (client, signal) => healthFrom(ownNumber(client, signal)),
  webhook,
})

interface Sent {
  readonly messageId: string
}

async function sendTemplate(message: TemplateMessage, call: Call<Client>): Promise<Sent> {
  if (message.purpose === 'promotion') await refuseStopped(call, contactOf(message, call))
  return posted(templateBody(message), message, call)
}

/** How long somebody who has written to us may be answered freely. */
const WINDOW_MS = 24 * 3_600_000

async function sendText(message: TextMessage, call: Call<Client>): Promise<Sent> {
  const { wroteAt } = await call.contact(contactOf(message, call))
  if (wroteAt === undefined || call.now - wroteAt >= WINDOW_MS)
    throw new EffectRefused(
      'WINDOW_CLOSED',
      'The recipient has not written to this number in the last 24 hours. Nothing was sent; send an approved template instead.',
    )
  return posted({ type: 'text', text: { body: message.text, preview_url: false } }, message, call)
}

const contactOf = ({ to: address }: { readonly to: string }, { client }: Call<Client>) =>
  ({ channel: 'whatsapp', account: client.phoneNumberId, address }) as const

async function posted(body: object, { to: recipient }: { readonly to: string }, call: Call<Client>): Promise<Sent> {
  call.begin()
  const result = await exchange({
    ...to(call.client, call.signal),
    method: 'POST',
    path: `${call.client.version}/${call.client.phoneNumberId}/messages`,
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: recipient,
      ...body,
      biz_opaque_callback_data: keyOnTheWire(call.key, LONGEST_KEY),
    },
  })
  const [sent] = answerOfChange(result, SendAnswer, dialect).messages
  return { messageId: sent.id }
}

async function sentBefore(_message: unknown, call: Call<Client>): Promise<Sent> {
  const { phoneNumberId } = call.client
  const sightings = await call.sightings()
  const ours = sightings.find(({ connector, account }) => connector === 'whatsapp' && account === phoneNumberId)
  if (ours !== undefined) return { messageId: ours.reference }
  throw new EffectUnknown(
    'NOT_SEEN',
    'WhatsApp has sent no status for this message; it may still come, or a person decides.',
  )
}

const templateBody = ({ template, language, parameters }: TemplateMessage) => ({
  type: 'template',
  template: {
    name: template,
    language: { code: language, policy: 'deterministic' },
    ...(parameters.length === 0
      ? {}
      : { components: [{ type: 'body', parameters: parameters.map((value) => ({ type: 'text', text: value })) }] }),
  },
})

const ownNumber = async (client: Client, signal: AbortSignal) =>
  answerOfReading(
    await exchange({ ...to(client, signal), method: 'GET', path: `${client.version}/${client.phoneNumberId}` }),
    z.object({ id: z.string() }),
    dialect,
  )

const to = ({ url, token }: Client, signal: AbortSignal) => ({
  base: url,
  headers: { authorization: `Bearer ${token}` },
  signal,
})
