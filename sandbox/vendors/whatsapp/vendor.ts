import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { action, formOf } from '../../button.ts'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { messageCard } from './card.ts'
import {
  laterOf,
  type Message,
  type MessageStatus,
  numberOf,
  type Person,
  preferenceOf,
  reportOf,
  statusOf,
  type WhatsAppSecrets,
  whatsappNoes,
  whatsappOperations,
  writtenBy,
} from './messages.ts'

const ReplyForm = z.object({ text: z.string().min(1) })
const PreferForm = z.object({ value: z.enum(['stop', 'resume']) })
const SeeForm = z.object({ status: z.enum(['sent', 'delivered', 'read', 'failed']) })

export const whatsapp = defineVendor({
  key: 'whatsapp',
  name: { en: 'WhatsApp', ar: 'واتساب' },
  usual: true,
  open: ({ record, options, secrets, routes, target, tell }) => {
    const known = secrets(newSecrets)
    const { phoneNumberId, appSecret } = known
    const messages = record.collection<Message>('message')
    const people = record.collection<Person>('person')
    const report = (value: Readonly<Record<string, unknown>>, field?: string) =>
      tell(target(phoneNumberId), reportOf(phoneNumberId, value, field))
    /** Somebody writes, of their own accord or in answer to a message of ours. */
    const write = (from: string, text: string, answered?: string) => {
      const number = numberOf(from)
      people.put(number, { ...people.get(number), wroteAt: Date.now() })
      report(writtenBy(number, text, answered))
    }
    /** Somebody wants no more marketing, or wants it again. */
    const prefer = (from: string, value: 'stop' | 'resume') => {
      const number = numberOf(from)
      people.put(number, { ...people.get(number), stopped: value === 'stop' })
      report(preferenceOf(number, value), 'user_preferences')
    }
    /** A message is read, or turns out to be undeliverable. One that does not exist changes nothing. */
    const see = (messageId: string, status: MessageStatus) => {
      const message = messages.get(messageId)
      if (message === undefined) return
      messages.put(messageId, { ...message, status: laterOf(message.status, status) })
      report(statusOf(message, status))
    }
    const reply = (messageId: string, text: string) => {
      const message = messages.get(messageId)
      if (message === undefined) return
      messages.put(messageId, { ...message, replies: [...message.replies, text] })
      write(message.to, text, message.id)
    }
    const operations = whatsappOperations(record, known, options, (message, status) =>
      report(statusOf(message, status)),
    )
    return {
      messages: () => messages.all(),
      see,
      reply,
      write,
      prefer,
      /** Asks the target whether it is ours, as Meta does once. */
      handshake: () => handshake(target(phoneNumberId), known),
      routes: [
        ...routes(operations, whatsappNoes),
        action('/inspect/messages/:message/see', (incoming) =>
          see(incoming.params['message'] ?? '', SeeForm.parse(formOf(incoming)).status),
        ),
        action('/inspect/messages/:message/prefer', (incoming) =>
          prefer(messages.get(incoming.params['message'] ?? '')?.to ?? '', PreferForm.parse(formOf(incoming)).value),
        ),
        action('/inspect/messages/:message/reply', (incoming) =>
          reply(incoming.params['message'] ?? '', ReplyForm.parse(formOf(incoming)).text),
        ),
      ],
      settings: (url) => settingsOf(known, url),
      views: { messages: () => messages.all() },
      tab: {
        name: 'messages',
        cards: (reader) => messages.all().map((message) => ({ at: message.at, markup: messageCard(message, reader) })),
      },
      webhooks: {
        sign: (raw) => ({
          'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`,
        }),
      },
    }
  },
})

const newSecrets = (): WhatsAppSecrets => ({
  phoneNumberId: '106540352242922',
  token: secret(),
  appSecret: secret(),
  verifyToken: secret(),
})

const settingsOf = ({ phoneNumberId, token, appSecret, verifyToken }: WhatsAppSecrets, url: string) => ({
  SIJIL_WHATSAPP_URL: `${url}/whatsapp`,
  SIJIL_WHATSAPP_PHONE_NUMBER_ID: phoneNumberId,
  SIJIL_WHATSAPP_TOKEN: token,
  SIJIL_WHATSAPP_APP_SECRET: appSecret,
  SIJIL_WHATSAPP_VERIFY_TOKEN: verifyToken,
})

async function handshake(url: string | undefined, { verifyToken }: WhatsAppSecrets): Promise<boolean> {
  if (url === undefined) return false
  const challenge = '1158201444'
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': verifyToken,
    'hub.challenge': challenge,
  })
  const response = await fetch(`${url}?${query.toString()}`, { redirect: 'manual' })
  return response.status === 200 && (await response.text()) === challenge
}
