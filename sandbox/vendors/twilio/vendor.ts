import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { action } from '../../button.ts'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import type { WebhookBody } from '../../webhook-queue.ts'
import { textCard } from './card.ts'
import { hexId, type ShortMessage, type Status, twilioNoes, twilioOperations, type TwilioSecrets } from './messages.ts'

export const twilio = defineVendor({
  key: 'twilio',
  name: { en: 'Twilio', ar: 'تويليو' },
  usual: true,
  terms: { undelivered: 'لم تُسلَّم', 'text sent': 'أُرسلت رسالة نصية' },
  open: ({ record, options, secrets, routes, tell }) => {
    const known = secrets((): TwilioSecrets => ({ accountSid: hexId('AC'), authToken: secret() }))
    const { accountSid, authToken } = known
    const messages = record.collection<ShortMessage>('short message')
    const report = (message: ShortMessage, status: Status) =>
      tell(message.callback, {
        AccountSid: accountSid,
        ApiVersion: '2010-04-01',
        From: message.from,
        MessageSid: message.id,
        MessageStatus: status,
        SmsSid: message.id,
        SmsStatus: status,
        To: message.to,
        ...(status === 'undelivered' ? { ErrorCode: '30003' } : {}),
      })
    const lose = (id: string) => {
      const message = messages.get(id)
      if (message === undefined) return
      messages.put(id, { ...message, status: 'undelivered' })
      report(message, 'undelivered')
    }
    return {
      messages: () => messages.all(),
      lose,
      /** The recipient has told Twilio that they want no more. */
      stop: (number: string) => record.collection<true>('stopped number').put(number, true),
      routes: [
        ...routes(twilioOperations(record, known, report), twilioNoes),
        action('/inspect/texts/:message/lose', ({ params }) => lose(params['message'] ?? '')),
      ],
      settings: (url) => ({
        SIJIL_TWILIO_URL: `${url}/twilio`,
        SIJIL_TWILIO_ACCOUNT_SID: accountSid,
        SIJIL_TWILIO_AUTH_TOKEN: authToken,
        SIJIL_TWILIO_FROM: 'Madar',
        SIJIL_TWILIO_PROMOTION_FROM: 'Madar-AD',
        ...(options.webhookTarget === undefined ? {} : { SIJIL_TWILIO_WEBHOOK_URL: options.webhookTarget }),
      }),
      views: { texts: () => messages.all() },
      tab: {
        name: 'messages',
        cards: (reader) => messages.all().map((message) => ({ at: message.at, markup: textCard(message, reader) })),
      },
      webhooks: {
        encoded: (body) => ({
          raw: Buffer.from(formOf(body).toString()),
          contentType: 'application/x-www-form-urlencoded',
        }),
        // Signed as the vendor's own package says it must be.
        sign: (raw, url) => ({
          'x-twilio-signature': getExpectedTwilioSignature(
            authToken,
            url,
            Object.fromEntries(new URLSearchParams(raw.toString('utf8'))),
          ),
        }),
      },
    }
  },
})

const formOf = (body: WebhookBody) =>
  new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]))
