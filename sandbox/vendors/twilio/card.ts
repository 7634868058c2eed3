import { html } from '../../page/html.ts'
import { keyLine } from '../../page/key-line.ts'
import type { Reader } from '../../page/reader.ts'
import type { ShortMessage } from './messages.ts'

export const textCard = (message: ShortMessage, reader: Reader) => html`
<section class="card">
<div class="top"><h3><bdi>${message.to}</bdi></h3><span class="badge${message.status === 'undelivered' ? ' bad' : ''}">${reader.term(message.status)}</span></div>
<p class="meta">${reader.time(message.at)} · SMS · <bdi>${message.from}</bdi></p>${keyLine(message.key, reader)}
<div class="bubble" dir="auto">${message.text}</div>
<div class="actions"><form method="post" action="/inspect/texts/${message.id}/lose"><button class="bad">${reader.say({ en: 'It did not arrive', ar: 'لم تصل' })}</button></form></div>
</section>`
