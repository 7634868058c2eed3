import type { AttemptView, EndpointView, MessagePage, MessageView } from '../../ledger/reading/webhooks.ts'
import { eventTitles, isEventType } from '../../outgoing-webhooks/event.ts'
import { html, type Markup } from './html.ts'
import { dateTimeIn, type Language, numberIn, type Words } from './language.ts'
import { endpointStates, messageStates, outcomes, webhookWords as words } from './webhook-words.ts'

export interface WebhookLogView {
  readonly endpoints: readonly EndpointView[]
  readonly log: MessagePage
  readonly failedOnly: boolean
  /** Until when the link is good. */
  readonly expiresAt: number
  /** Something was just sent again. */
  readonly sent: boolean
  /** What was refused, if anything was. */
  readonly problem: Markup | undefined
}

/** For whoever looks after outgoing webhooks: where they go, what became of each, and a button to send one again. */
export function webhookLogPage(view: WebhookLogView, language: Language): Markup {
  const { endpoints, log, failedOnly, expiresAt, sent, problem } = view
  const filter = failedOnly ? '&failed=true' : ''
  return html`<p class="kicker">${words.goodUntil[language]} ${dateTimeIn(language, expiresAt)}</p>
<h1>${words.title[language]}</h1>
${problem}
${sent ? html`<section class="note" role="status"><p>${words.sentAgain[language]}</p></section>` : undefined}
<section><h2>${words.addresses[language]}</h2>${
    endpoints.length === 0
      ? html`<p>${words.noAddress[language]}</p>`
      : endpoints.map((one) => endpointMarkup(one, language))
  }</section>
<h2>${words.messages[language]}</h2>
<nav><p>${choice(words.all, `?lang=${language}`, !failedOnly, language)} · ${choice(words.failed, `?lang=${language}&failed=true`, failedOnly, language)}</p></nav>
${log.messages.length === 0 ? html`<section><p>${words.noMessage[language]}</p></section>` : undefined}
${log.messages.map((one) => messageMarkup(one, endpoints, `?lang=${language}${filter}`, language))}
${log.next === undefined ? undefined : html`<p><a href="?lang=${language}${filter}&after=${encodeURIComponent(log.next)}">${words.older[language]}</a></p>`}`
}

const choice = (title: Words, address: string, chosen: boolean, language: Language): Markup =>
  chosen ? html`<b aria-current="page">${title[language]}</b>` : html`<a href="${address}">${title[language]}</a>`

type Fact = readonly [name: Words, value: Markup | string | undefined]
const facts = (language: Language, ...all: readonly Fact[]): Markup =>
  html`<dl>${all.map(([name, value]) =>
    value === undefined ? undefined : html`<dt>${name[language]}</dt><dd>${value}</dd>`,
  )}</dl>`
/** What is written from left to right in Arabic too. */
const code = (text: string): Markup => html`<bdi dir="ltr">${text}</bdi>`
const time = (language: Language, at: number | null): string | undefined =>
  at === null ? undefined : dateTimeIn(language, at)

const endpointMarkup = (one: EndpointView, language: Language): Markup =>
  html`<h3>${code(one.url)}</h3>${facts(
    language,
    [words.state, endpointStates[one.state][language]],
    [words.waiting, numberIn(language, one.waiting)],
    [words.givenUp, one.failed === 0 ? undefined : numberIn(language, one.failed)],
    [words.failingSince, one.state === 'removed' ? undefined : time(language, one.failingSince)],
    [words.quietUntil, time(language, one.heldUntil)],
  )}`

function messageMarkup(
  message: MessageView,
  endpoints: readonly EndpointView[],
  address: string,
  language: Language,
): Markup {
  const { id, type, at, state, attempts, dueAt, run } = message
  const last = attempts.at(-1)
  const endpoint = endpoints.find((one) => one.id === message.endpoint)
  return html`<section${state === 'failed' ? html` class="wrong"` : undefined}><p class="kicker">${dateTimeIn(language, at)}</p>
<h2>${isEventType(type) ? eventTitles[type][language] : code(type)}</h2>
${facts(
  language,
  [words.state, messageStates[state][language]],
  [words.sentTo, endpoint && code(endpoint.url)],
  [words.attempts, last && numberIn(language, last.number)],
  [words.last, last && attemptMarkup(last, language)],
  [words.next, time(language, dueAt)],
  [words.run, run === null ? undefined : code(run)],
  [words.id, code(id)],
)}
${
  mayBeSentAgain(message, endpoint)
    ? html`<form method="post" action="${address}"><button name="message" value="${id}">${words.again[language]}</button></form>`
    : undefined
}</section>`
}

function attemptMarkup({ outcome, status, endedAt }: AttemptView, language: Language): Markup {
  if (outcome === null) return html`${words.underWay[language]}`
  const number = status === null ? undefined : html` (${code(`HTTP ${status}`)})`
  const when = endedAt === null ? undefined : html`<br><span class="tag">${dateTimeIn(language, endedAt)}</span>`
  return html`${outcomes[outcome][language]}${number}${when}`
}

/** What has not been tried yet comes by itself; where an endpoint was removed nothing comes any more. */
const mayBeSentAgain = ({ state, attempts }: MessageView, endpoint: EndpointView | undefined): boolean =>
  endpoint !== undefined &&
  endpoint.state !== 'removed' &&
  (state === 'delivered' || state === 'failed' || (state === 'waiting' && attempts.length > 0))
