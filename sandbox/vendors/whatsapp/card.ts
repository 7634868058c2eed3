import { html, linked } from '../../page/html.ts'
import { keyLine } from '../../page/key-line.ts'
import type { Reader } from '../../page/reader.ts'
import type { Message } from './messages.ts'

export const messageCard = (message: Message, reader: Reader) => {
  const { words, time, term, say } = reader
  const path = `/inspect/messages/${encodeURIComponent(message.id)}`
  return html`
<section class="card">
<div class="top"><h3><bdi>${message.to}</bdi></h3><span class="badge${message.status === 'failed' ? ' bad' : ''}">${term(message.status)}</span></div>
<p class="meta">${time(message.at)}${message.template === '' ? undefined : html` · <bdi>${message.template}</bdi> (${message.language})`}</p>${keyLine(message.key, reader)}
<div class="bubble" dir="${message.language === 'ar' ? 'rtl' : 'auto'}"><ol>${message.parameters.map((text) => html`<li>${linked(text)}</li>`)}</ol></div>
${message.replies.map((text) => html`<div class="theirs"><div class="bubble" dir="auto">${text}</div></div>`)}
<div class="actions">
<form method="post" action="${path}/see"><input type="hidden" name="status" value="read"><button>${words.read}</button></form>
<form method="post" action="${path}/see"><input type="hidden" name="status" value="failed"><button class="bad">${words.failed}</button></form>
<form method="post" action="${path}/prefer"><input type="hidden" name="value" value="stop"><button class="bad">${say({ en: 'No more marketing', ar: 'إيقاف الدعاية' })}</button></form>
<form method="post" action="${path}/reply"><input name="text" required aria-label="${words.replyHint}" placeholder="${words.replyHint}"><button class="main">${words.reply}</button></form>
</div></section>`
}
