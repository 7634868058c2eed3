import { action } from '../../button.ts'
import { html } from '../../page/html.ts'
import { keyLine } from '../../page/key-line.ts'
import type { Reader } from '../../page/reader.ts'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { type Status, type UnifonicMessage, unifonicNoes, unifonicOperations } from './messages.ts'

export const unifonic = defineVendor({
  key: 'unifonic',
  name: { en: 'Unifonic', ar: 'يونيفونك' },
  usual: false,
  terms: { Delivered: 'وصلت', Undeliverable: 'لم تُسلَّم' },
  open: ({ record, options, secrets, routes, tell }) => {
    const { appSid, callbackSecret } = secrets(() => ({ appSid: secret(), callbackSecret: secret() }))
    const messages = record.collection<UnifonicMessage>('unifonic message')
    const report = (message: UnifonicMessage, status: Status) =>
      tell(message.callback, {
        MessageID: message.id,
        DLR: status,
        Recipient: message.to,
        TimeCreated: new Date(message.at).toISOString().slice(0, 19).replace('T', ' '),
      })
    const lose = (id: string) => {
      const message = messages.get(id)
      if (message === undefined) return
      messages.put(id, { ...message, status: 'Undeliverable' })
      report(message, 'Undeliverable')
    }
    return {
      messages: () => messages.all(),
      lose,
      routes: [
        ...routes(unifonicOperations(record, appSid, report), unifonicNoes),
        action('/inspect/unifonic-texts/:message/lose', ({ params }) => lose(params['message'] ?? '')),
      ],
      settings: (url) => ({
        SIJIL_UNIFONIC_URL: `${url}/unifonic`,
        SIJIL_UNIFONIC_APP_SID: appSid,
        SIJIL_UNIFONIC_FROM: 'Madar',
        SIJIL_UNIFONIC_PROMOTION_FROM: 'Madar-AD',
        SIJIL_UNIFONIC_CALLBACK_SECRET: callbackSecret,
        ...(options.webhookTarget === undefined ? {} : { SIJIL_UNIFONIC_WEBHOOK_URL: options.webhookTarget }),
      }),
      views: { 'unifonic-texts': () => messages.all() },
      tab: {
        name: 'messages',
        cards: (reader) => messages.all().map((message) => ({ at: message.at, markup: textCard(message, reader) })),
      },
      webhooks: {
        // It signs nothing.
        sign: () => ({}),
        encoded: (body) => ({
          raw: Buffer.from(
            new URLSearchParams(
              Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
            ).toString(),
          ),
          contentType: 'application/x-www-form-urlencoded',
        }),
      },
    }
  },
})

const textCard = (message: UnifonicMessage, reader: Reader) => html`
<section class="card">
<div class="top"><h3><bdi>${message.to}</bdi></h3><span class="badge${message.status === 'Undeliverable' ? ' bad' : ''}">${reader.term(message.status)}</span></div>
<p class="meta">${reader.time(message.at)} · SMS · <bdi>${message.from}</bdi></p>${keyLine(message.key, reader)}
<div class="bubble" dir="auto">${message.text}</div>
<div class="actions"><form method="post" action="/inspect/unifonic-texts/${message.id}/lose"><button class="bad">${reader.say({ en: 'It did not arrive', ar: 'لم تصل' })}</button></form></div>
</section>`
