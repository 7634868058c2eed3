import { html, linked } from '../../page/html.ts'
import { keyLine } from '../../page/key-line.ts'
import type { Reader } from '../../page/reader.ts'
import type { StoredMail } from './mail-server.ts'

export const mailCard = (mail: StoredMail, reader: Reader, isNewest: boolean) => html`
<details class="card"${{ markup: isNewest ? ' open' : '' }}>
<summary><div class="top"><h3 dir="auto">${mail.subject}</h3><span class="meta fixed">${reader.time(mail.at)}</span></div>
<p class="meta">${reader.words.to} <bdi>${mail.to}</bdi></p></summary>
${keyLine(mail.key, reader)}
${
  mail.html === undefined
    ? html`<div class="text" dir="${mail.language === 'ar' ? 'rtl' : 'auto'}">${linked(mail.text)}</div>`
    : html`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="${mail.subject}" srcdoc="${`<base target="_blank">${mail.html}`}"></iframe>`
}
<div class="actions"><form method="post" action="/inspect/mails/${mail.id}/bounce"><button class="bad">${reader.say({ en: 'Send it back as undeliverable', ar: 'إعادتها لتعذر التسليم' })}</button></form></div>
</details>`
