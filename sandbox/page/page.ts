import type { Faults } from '../faults.ts'
import { FAULTS } from '../faults.ts'
import type { Route } from '../http-server.ts'
import type { Act, SandboxRecord } from '../record.ts'
import { type Card, type OpenVendor, type SandboxVendor, type Tab, TABS } from '../vendor.ts'
import { VENDORS } from '../vendors.ts'
import type { Delivery } from '../webhook-queue.ts'
import { html, type Markup } from './html.ts'
import { type Reader, readerOf } from './reader.ts'
import { STYLE } from './style.ts'
import { FAULT_NAMES, TAB_NAMES } from './words.ts'

/** What the page shows. */
export interface Shown {
  readonly vendors: readonly OpenVendor[]
  readonly record: SandboxRecord
  readonly faults: Faults
  readonly deliveries: () => readonly Delivery[]
}

type Place = Tab | 'acts' | 'faults'
const PLACES: readonly Place[] = [...TABS, 'acts', 'faults']
const TERMS = Object.fromEntries(VENDORS.flatMap(({ terms = {} }) => Object.entries(terms)))

/** The page of the sandbox: `/?tab=…&lang=…`. It reloads itself when something happened and nobody is typing. */
export const pageRoutes = (shown: Shown): readonly Route[] => [
  {
    method: 'GET',
    path: '/',
    answer: ({ query, headers }) => {
      const language = query.get('lang') === 'ar' || query.get('lang') === 'en' ? query.get('lang') : undefined
      const isArabic = language === 'ar' || (language === undefined && prefersArabic(headers))
      const place = PLACES.find((name) => name === query.get('tab')) ?? 'mail'
      const { markup } = page(place, readerOf(isArabic ? 'ar' : 'en', TERMS), shown)
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: markup }
    },
  },
  { method: 'GET', path: '/version', answer: () => ({ status: 200, body: versionOf(shown) }) },
]

const prefersArabic = (headers: { readonly 'accept-language'?: string | undefined }) =>
  headers['accept-language']?.startsWith('ar') === true

/** Changes whenever the page would. */
const versionOf = ({ record, faults }: Shown): string => `${record.changes()}.${JSON.stringify(faults.coming())}`

const RELOAD = (version: string) => `
  const seen = ${JSON.stringify(version)}
  setInterval(async () => {
    const now = await fetch('/version').then((answer) => answer.text(), () => seen)
    if (now !== seen && !document.activeElement?.matches('input, select')) location.reload()
  }, 2000)`

function page(place: Place, reader: Reader, shown: Shown): Markup {
  const { language, words } = reader
  const other = language === 'ar' ? 'en' : 'ar'
  return html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title><link rel="icon" href="data:,"><style>${{ markup: STYLE }}</style></head>
<body>
<header><h1>${words.title}</h1><a href="/?tab=${place}&lang=${other}" lang="${other}">${words.other}</a><p>${words.subtitle}</p></header>
<nav><ul>${placesOf(shown).map(
    (
      name,
    ) => html`<li><a href="/?tab=${name}&lang=${language}"${{ markup: name === place ? ' aria-current="page"' : '' }}>
${nameOf(name, reader)}<span>${countOf(name, reader, shown)}</span></a></li>`,
  )}</ul></nav>
<main>${contentOf(place, reader, shown)}</main>
<script>${{ markup: RELOAD(versionOf(shown)).replaceAll('<', String.raw`\u003c`) }}</script>
</body></html>`
}

/** A tab that no vendor fills is not shown. */
const placesOf = ({ vendors }: Shown): readonly Place[] =>
  PLACES.filter((place) => place === 'acts' || place === 'faults' || vendors.some(({ tab }) => tab?.name === place))

const nameOf = (place: Place, { language, words }: Reader): string =>
  place === 'acts' || place === 'faults' ? words[place] : TAB_NAMES[language][place]

function countOf(place: Place, reader: Reader, shown: Shown): number {
  if (place === 'acts') return shown.record.acts().length
  return place === 'faults' ? shown.faults.coming().length : cardsOf(place, reader, shown).length
}

/** Oldest first. */
const cardsOf = (place: Tab, reader: Reader, { vendors }: Shown): readonly Card[] =>
  vendors
    .flatMap(({ tab }) => (tab?.name === place ? tab.cards(reader) : []))
    .toSorted((one, other) => one.at - other.at)

function contentOf(place: Place, reader: Reader, shown: Shown): Markup {
  if (place === 'acts')
    return html`${actTable(reader, shown.record.acts())}${deliveryTable(reader, shown.deliveries())}`
  if (place === 'faults') return faultForm(reader, shown.faults)
  const cards = cardsOf(place, reader, shown)
  if (cards.length === 0) return html`<p class="empty">${reader.words.nothing}</p>`
  return html`${cards.toReversed().map(({ markup }) => markup)}`
}

const vendorName = (key: string, { say }: Reader): string => {
  const vendor: SandboxVendor | undefined = VENDORS.find((one) => one.key === key)
  return vendor === undefined ? key : say(vendor.name)
}

const SHOWN = 200

const actTable = (reader: Reader, acts: readonly Act[]) =>
  html`<section class="card"><table><thead><tr><th>${reader.words.when}</th><th>${reader.words.who}</th><th>${reader.words.what}</th><th>${reader.words.key}</th></tr></thead>
<tbody>${acts
    .slice(-SHOWN)
    .toReversed()
    .map(
      ({ at, vendor, action, key }) =>
        html`<tr><td>${reader.time(at)}</td><td>${vendorName(vendor, reader)}</td><td>${reader.term(action)}</td><td><bdi>${key}</bdi></td></tr>`,
    )}</tbody></table></section>`

const deliveryTable = (reader: Reader, deliveries: readonly Delivery[]) => {
  const { words, term } = reader
  return html`<h2>${words.webhooks}</h2><section class="card">${
    deliveries.length === 0 ? html`<p class="meta">${words.nothing}</p>` : undefined
  }${deliveries
    .slice(-SHOWN)
    .toReversed()
    .map(
      ({ id, vendor, url, attempts, state, lastStatus }) => html`
<div class="row"><div><strong>${vendorName(vendor, reader)}</strong> <span class="badge${state === 'given up' ? ' bad' : ''}">${term(state)}</span>
<p class="meta"><bdi>${url}</bdi></p><p class="meta">${words.attempts}: ${attempts} · ${words.answer}: ${lastStatus ?? '—'}</p></div>
<div class="actions"><form method="post" action="/inspect/deliveries/${id}/repeat"><button>${words.repeat}</button></form>
<form method="post" action="/inspect/deliveries/${id}/forge"><button class="bad">${words.forge}</button></form></div></div>`,
    )}</section>`
}

const faultForm = (reader: Reader, faults: Faults) => {
  const { words, language, say } = reader
  return html`
<section class="card"><form method="post" action="/inspect/faults" class="fields">
<label>${words.who}<select name="vendor">${VENDORS.map(({ key, name }) => html`<option value="${key}">${say(name)}</option>`)}</select></label>
<label>${words.what}<select name="kind">${FAULTS.map((kind) => html`<option value="${kind}">${FAULT_NAMES[language][kind]}</option>`)}</select></label>
<label>${words.operation}<input name="operation" dir="ltr" placeholder="${words.anyOperation}"></label>
<label>${words.times}<input name="times" type="number" min="1" max="1000" value="1"></label>
<button class="main">${words.add}</button></form></section>
<h2>${words.coming}</h2><section class="card">${
    faults.coming().length === 0
      ? html`<p class="meta">${words.nothing}</p>`
      : html`${faults.coming().map(
          ({ vendor, kind, operation, times }) =>
            html`<div class="row"><div><strong>${vendorName(vendor, reader)}</strong>
<p class="meta">${FAULT_NAMES[language][kind]} · <bdi>${operation ?? words.anyOperation}</bdi></p></div><span class="badge">× ${times}</span></div>`,
        )}<form method="post" action="/inspect/faults/clear"><button>${words.clear}</button></form>`
  }</section>`
}
