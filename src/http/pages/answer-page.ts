import type { AnswerPage } from '../../decisions/link-pages.ts'
import { fieldWords, valueWords } from './field-words.ts'
import { fieldsMarkup } from './form-markup.ts'
import type { Form } from './form-fields.ts'
import { html, type Markup } from './html.ts'
import { dateTimeIn, type Language } from './language.ts'
import { valueMarkup } from './packet.ts'
import { words } from './words.ts'

export interface AnswerPageView {
  readonly link: AnswerPage
  /** The ways to answer, by their place. */
  readonly forms: readonly Form[]
  readonly filled: URLSearchParams
  readonly problem: Markup | undefined
}

/** For a person outside, who has no account: what is asked, by whom, until when, and the ways to answer. */
export function answerPage({ link, forms, filled, problem }: AnswerPageView, language: Language): Markup {
  const fixed = Object.entries(link.fixed)
  return html`<p class="kicker">${link.organisation[language]} – ${link.workflowTitle[language]}</p>
<h1>${link.title[language]}</h1>
${problem}
<section><p>${words.answerIntro[language]} <bdi>${link.organisation[language]}</bdi>. ${words.answerOnce[language]}</p>
<dl>${fixed.map(([name, value]) => html`<dt>${fieldWords(name, language)}</dt><dd>${valueMarkup(value, language, name)}</dd>`)}
<dt>${words.validUntil[language]}</dt><dd><time datetime="${new Date(link.expiresAt).toISOString()}">${dateTimeIn(language, link.expiresAt)}</time></dd></dl></section>
${forms.map((form, place) => answerForm(form, String(place), language, filled, problem === undefined ? forms.length === 1 : filled.get('form') === String(place)))}`
}

function answerForm(
  { choice, fields }: Form,
  place: string,
  language: Language,
  filled: URLSearchParams,
  open: boolean,
): Markup {
  const sent = filled.get('form') === place ? filled : new URLSearchParams()
  const title =
    choice === undefined
      ? words.send[language]
      : (valueWords(choice.field, choice.value, language) ?? fieldWords(choice.value, language))
  return html`<details name="answer"${open ? html` open` : undefined}><summary>${title}</summary>
<form method="post" action="?lang=${language}"><input type="hidden" name="form" value="${place}">
${fieldsMarkup(fields, language, sent, place)}
<button>${words.send[language]}</button></form></details>`
}
