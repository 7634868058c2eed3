import { FAULTS } from '../faults.ts'
import type { Route } from '../http-server.ts'
import { VENDORS } from '../record.ts'
import { isOpen, nextSigner, type StoredEnvelope } from '../vendors/envelope.ts'
import { type Company, propertiesOf } from '../vendors/hubspot.ts'
import type { StoredMail } from '../vendors/smtp.ts'
import type { Message } from '../vendors/whatsapp.ts'
import type { Views } from '../views.ts'
import type { Delivery } from '../webhook-queue.ts'
import { html, linked, type Markup } from './html.ts'
import { STYLE } from './style.ts'
import { ARABIC_TERMS, FAULT_NAMES, type Language, VENDOR_NAMES, WORDS, type Words } from './words.ts'

const TABS = ['mail', 'whatsapp', 'envelopes', 'crm', 'acts', 'faults'] as const
type Tab = (typeof TABS)[number]

/** Who reads the page, and how times and terms are written for them. */
interface Reader {
  readonly language: Language
  readonly words: Words
  readonly time: (at: number) => string
  readonly term: (recorded: string) => string
}

/** The page of the sandbox: `/?tab=…&lang=…`. It reloads itself when something happened and nobody is typing. */
export const pageRoutes = (views: Views): readonly Route[] => [
  {
    method: 'GET',
    path: '/',
    answer: ({ query, headers }) => {
      const language = query.get('lang') === 'ar' || query.get('lang') === 'en' ? query.get('lang') : undefined
      const reader = readerOf(language === 'ar' || (language === undefined && prefersArabic(headers)) ? 'ar' : 'en')
      const tab = TABS.find((name) => name === query.get('tab')) ?? 'mail'
      const { markup } = page(tab, reader, views)
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: markup }
    },
  },
  { method: 'GET', path: '/version', answer: () => ({ status: 200, body: versionOf(views) }) },
]

const prefersArabic = (headers: { readonly 'accept-language'?: string | undefined }) =>
  headers['accept-language']?.startsWith('ar') === true

/** Changes whenever the page would. */
const versionOf = (views: Views): string => {
  const deliveries = views.deliveries().reduce((total, { attempts }) => total + 1 + attempts, 0)
  const messages = views.messages().map(({ status, replies }) => `${status}${replies.length}`)
  return `${views.acts().length}.${deliveries}.${messages.join()}.${JSON.stringify(views.faults())}`
}

const RELOAD = (version: string) => `
  const seen = ${JSON.stringify(version)}
  setInterval(async () => {
    const now = await fetch('/version').then((answer) => answer.text(), () => seen)
    if (now !== seen && !document.activeElement?.matches('input, select')) location.reload()
  }, 2000)`

function readerOf(language: Language): Reader {
  const clock = new Intl.DateTimeFormat(language === 'ar' ? 'ar-SA-u-ca-gregory-nu-latn' : 'en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return {
    language,
    words: WORDS[language],
    time: (at) => clock.format(at),
    term: (recorded) => (language === 'ar' ? (ARABIC_TERMS[recorded] ?? recorded) : recorded),
  }
}

function page(tab: Tab, reader: Reader, views: Views): Markup {
  const { language, words } = reader
  const other = language === 'ar' ? 'en' : 'ar'
  const counts: Readonly<Record<Tab, number>> = {
    mail: views.mails().length,
    whatsapp: views.messages().length,
    envelopes: views.envelopes().length,
    crm: views.companies().length,
    acts: views.acts().length,
    faults: views.faults().length,
  }
  return html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title><link rel="icon" href="data:,"><style>${{ markup: STYLE }}</style></head>
<body>
<header><h1>${words.title}</h1><a href="/?tab=${tab}&lang=${other}" lang="${other}">${words.other}</a><p>${words.subtitle}</p></header>
<nav><ul>${TABS.map(
    (
      name,
    ) => html`<li><a href="/?tab=${name}&lang=${language}"${{ markup: name === tab ? ' aria-current="page"' : '' }}>
${words[name]}<span>${counts[name]}</span></a></li>`,
  )}</ul></nav>
<main>${contentOf(tab, reader, views)}</main>
<script>${{ markup: RELOAD(versionOf(views)).replaceAll('<', String.raw`\u003c`) }}</script>
</body></html>`
}

function contentOf(tab: Tab, reader: Reader, views: Views): Markup {
  switch (tab) {
    case 'mail':
      return newestFirst(views.mails(), reader, mailCard)
    case 'whatsapp':
      return newestFirst(views.messages(), reader, messageCard)
    case 'envelopes':
      return newestFirst(views.envelopes(), reader, envelopeCard)
    case 'crm':
      return newestFirst(views.companies(), reader, companyCard)
    case 'acts':
      return html`${actTable(reader, views)}${deliveryTable(reader, views.deliveries())}`
    case 'faults':
      return faultForm(reader, views)
  }
}

const newestFirst = <Thing>(
  things: readonly Thing[],
  reader: Reader,
  card: (thing: Thing, reader: Reader, isNewest: boolean) => Markup,
): Markup =>
  things.length === 0
    ? html`<p class="empty">${reader.words.nothing}</p>`
    : html`${things.toReversed().map((thing, index) => card(thing, reader, index === 0))}`

const keyLine = (key: string | undefined, { words }: Reader) =>
  key === undefined ? undefined : html`<p class="meta">${words.key}: <bdi>${key}</bdi></p>`

const mailCard = (mail: StoredMail, reader: Reader, isNewest: boolean) => html`
<details class="card"${{ markup: isNewest ? ' open' : '' }}>
<summary><div class="top"><h3 dir="auto">${mail.subject}</h3><span class="meta fixed">${reader.time(mail.at)}</span></div>
<p class="meta">${reader.words.to} <bdi>${mail.to}</bdi></p></summary>
${keyLine(mail.key, reader)}
${
  mail.html === undefined
    ? html`<div class="text" dir="${mail.language === 'ar' ? 'rtl' : 'auto'}">${linked(mail.text)}</div>`
    : html`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="${mail.subject}" srcdoc="${`<base target="_blank">${mail.html}`}"></iframe>`
}
</details>`

const messageCard = (message: Message, reader: Reader) => {
  const { words, time, term } = reader
  const path = `/inspect/messages/${encodeURIComponent(message.id)}`
  return html`
<section class="card">
<div class="top"><h3><bdi>${message.to}</bdi></h3><span class="badge${message.status === 'failed' ? ' bad' : ''}">${term(message.status)}</span></div>
<p class="meta">${time(message.at)} · <bdi>${message.template}</bdi> (${message.language})</p>${keyLine(message.key, reader)}
<div class="bubble" dir="${message.language === 'ar' ? 'rtl' : 'ltr'}"><ol>${message.parameters.map((text) => html`<li>${linked(text)}</li>`)}</ol></div>
${message.replies.map((text) => html`<div class="theirs"><div class="bubble" dir="auto">${text}</div></div>`)}
<div class="actions">
<form method="post" action="${path}/see"><input type="hidden" name="status" value="read"><button>${words.read}</button></form>
<form method="post" action="${path}/see"><input type="hidden" name="status" value="failed"><button class="bad">${words.failed}</button></form>
<form method="post" action="${path}/reply"><input name="text" required aria-label="${words.replyHint}" placeholder="${words.replyHint}"><button class="main">${words.reply}</button></form>
</div></section>`
}

const envelopeCard = (envelope: StoredEnvelope, reader: Reader) => {
  const { words, time, term } = reader
  const turn = isOpen(envelope) ? nextSigner(envelope)?.recipientId : undefined
  const path = `/inspect/envelopes/${envelope.envelopeId}`
  const bad = envelope.status === 'declined' || envelope.status === 'voided'
  return html`
<section class="card">
<div class="top"><h3 dir="auto">${envelope.emailSubject}</h3><span class="badge${bad ? ' bad' : ''}">${term(envelope.status)}</span></div>
<p class="meta">${time(Date.parse(envelope.statusChangedDateTime))} · <bdi>${envelope.envelopeId}</bdi></p>
<p class="meta">${words.document}: <a href="${path}/document" target="_blank"><bdi>${envelope.documents.map(({ name }) => name).join(', ')}</bdi></a></p>
${envelope.voidedReason === undefined ? undefined : html`<p class="meta"><bdi>${envelope.voidedReason}</bdi></p>`}
<h2>${words.signers}</h2>
${envelope.signers.map(
  ({ recipientId, name, email, status }) => html`
<div class="row"><div><strong dir="auto">${name}</strong> <span class="badge${status === 'declined' ? ' bad' : ''}">${term(status)}</span>
<p class="meta"><bdi>${email}</bdi></p></div>
${
  turn === recipientId
    ? html`<div class="actions"><form method="post" action="${path}/sign/${recipientId}"><button class="main">${words.sign} <bdi>${name}</bdi></button></form>
<form method="post" action="${path}/decline/${recipientId}"><button class="bad">${words.decline}</button></form></div>`
    : undefined
}</div>`,
)}</section>`
}

const companyCard = (company: Company, { words, time }: Reader) => html`
<section class="card"><div class="top"><h3><bdi>${propertiesOf(company)['name'] ?? company.id}</bdi></h3><span class="meta fixed">${company.id}</span></div>
<p class="meta">${words.created} ${time(Date.parse(company.createdAt))} · ${words.updated} ${time(Date.parse(company.updatedAt))}</p>
<dl>${Object.entries(propertiesOf(company)).map(
  ([name, value]) => html`<dt><bdi>${name}</bdi></dt><dd><bdi>${value}</bdi></dd>`,
)}</dl></section>`

const SHOWN = 200

const actTable = ({ words, time, term, language }: Reader, views: Views) =>
  html`<section class="card"><table><thead><tr><th>${words.when}</th><th>${words.who}</th><th>${words.what}</th><th>${words.key}</th></tr></thead>
<tbody>${views
    .acts()
    .slice(-SHOWN)
    .toReversed()
    .map(
      ({ at, vendor, action, key }) =>
        html`<tr><td>${time(at)}</td><td>${VENDOR_NAMES[language][vendor]}</td><td>${term(action)}</td><td><bdi>${key}</bdi></td></tr>`,
    )}</tbody></table></section>`

const deliveryTable = ({ words, term, language }: Reader, deliveries: readonly Delivery[]) =>
  html`<h2>${words.webhooks}</h2><section class="card">${
    deliveries.length === 0 ? html`<p class="meta">${words.nothing}</p>` : undefined
  }${deliveries
    .slice(-SHOWN)
    .toReversed()
    .map(
      ({ id, vendor, url, attempts, state, lastStatus }) => html`
<div class="row"><div><strong>${VENDOR_NAMES[language][vendor]}</strong> <span class="badge${state === 'given up' ? ' bad' : ''}">${term(state)}</span>
<p class="meta"><bdi>${url}</bdi></p><p class="meta">${words.attempts}: ${attempts} · ${words.answer}: ${lastStatus ?? '—'}</p></div>
<div class="actions"><form method="post" action="/inspect/deliveries/${id}/repeat"><button>${words.repeat}</button></form>
<form method="post" action="/inspect/deliveries/${id}/forge"><button class="bad">${words.forge}</button></form></div></div>`,
    )}</section>`

const faultForm = ({ words, language }: Reader, views: Views) => html`
<section class="card"><form method="post" action="/inspect/faults" class="fields">
<label>${words.who}<select name="vendor">${VENDORS.map((vendor) => html`<option value="${vendor}">${VENDOR_NAMES[language][vendor]}</option>`)}</select></label>
<label>${words.what}<select name="kind">${FAULTS.map((kind) => html`<option value="${kind}">${FAULT_NAMES[language][kind]}</option>`)}</select></label>
<label>${words.operation}<input name="operation" dir="ltr" placeholder="${words.anyOperation}"></label>
<label>${words.times}<input name="times" type="number" min="1" max="1000" value="1"></label>
<button class="main">${words.add}</button></form></section>
<h2>${words.coming}</h2><section class="card">${
  views.faults().length === 0
    ? html`<p class="meta">${words.nothing}</p>`
    : html`${views.faults().map(
        ({ vendor, kind, operation, times }) =>
          html`<div class="row"><div><strong>${VENDOR_NAMES[language][vendor]}</strong>
<p class="meta">${FAULT_NAMES[language][kind]} · <bdi>${operation ?? words.anyOperation}</bdi></p></div><span class="badge">× ${times}</span></div>`,
      )}<form method="post" action="/inspect/faults/clear"><button>${words.clear}</button></form>`
}</section>`
