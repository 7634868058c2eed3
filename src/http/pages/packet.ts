import { fieldWords, valueWords } from './field-words.ts'
import { html, type Markup } from './html.ts'
import { type Language, numberIn } from './language.ts'
import { words } from './words.ts'

/** JSON as a person reads it: labels, lists and tables. `field` is the name it stands under. */
export function valueMarkup(value: unknown, language: Language, field = ''): Markup {
  if (value === null || value === undefined || value === '')
    return html`<span class="tag">${words.none[language]}</span>`
  if (typeof value === 'boolean') return html`${words[value ? 'yes' : 'no'][language]}`
  if (typeof value === 'number') return html`${numberIn(language, value)}`
  if (typeof value === 'string') return html`<bdi>${valueWords(field, value, language) ?? value}</bdi>`
  if (Array.isArray(value)) return listMarkup(value, language, field)
  return objectMarkup(value, language)
}

/** The parts of a packet, each under its own heading; the one that is decided on is marked. */
export function packetMarkup(packet: unknown, subjectField: string | undefined, language: Language): Markup {
  if (!isObject(packet)) return valueMarkup(packet, language)
  return html`${entriesOf(packet).map(([name, value]) => {
    const decidedOn = name === subjectField
    return html`<h3>${fieldWords(name, language)}</h3><div class="${decidedOn ? 'subject' : 'inner'}">${
      decidedOn ? html`<p class="tag">${words.subject[language]}</p>` : undefined
    }${valueMarkup(value, language, name)}</div>`
  })}`
}

type Entries = readonly (readonly [string, unknown])[]
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const entriesOf = (value: unknown): Entries => Object.entries(value ?? {})

function objectMarkup(value: object, language: Language): Markup {
  const plain = plainTextOf(value, language)
  if (plain !== undefined) return html`<bdi>${plain}</bdi>`
  return html`<dl>${entriesOf(value).map(
    ([name, field]) => html`<dt>${fieldWords(name, language)}</dt><dd>${valueMarkup(field, language, name)}</dd>`,
  )}</dl>`
}

/** The one text that an object stands for: a sentence in both languages, or a personal value that is not shown. */
export function plainTextOf(value: unknown, language: Language): string | undefined {
  if (!isObject(value)) return undefined
  const fields = Object.fromEntries(entriesOf(value))
  if (fields['hidden'] === true) return words.hidden[language]
  if (fields['erased'] === true) return words.erased[language]
  const said = Object.keys(fields).length === 2 ? fields[language] : undefined
  return typeof said === 'string' && 'en' in fields && 'ar' in fields ? said : undefined
}

function listMarkup(items: readonly unknown[], language: Language, field: string): Markup {
  if (items.length === 0) return html`<span class="tag">${words.none[language]}</span>`
  const columns = columnsOf(items)
  if (columns === undefined)
    return html`<ul>${items.map((item) => html`<li>${valueMarkup(item, language, field)}</li>`)}</ul>`
  return html`<div class="scroll"><table><thead><tr>${columns.map(
    (name) => html`<th scope="col">${fieldWords(name, language)}</th>`,
  )}</tr></thead><tbody>${items.map((item) => {
    const row = Object.fromEntries(entriesOf(item))
    return html`<tr>${columns.map((name) => html`<td>${valueMarkup(row[name], language, name)}</td>`)}</tr>`
  })}</tbody></table></div>`
}

/** Things that all have the same fields make a table. */
function columnsOf(items: readonly unknown[]): readonly string[] | undefined {
  const [first] = items
  if (!isObject(first)) return undefined
  const columns = Object.keys(first)
  const same = items.every((item) => isObject(item) && Object.keys(item).join() === columns.join())
  return same && plainTextOf(first, 'en') === undefined ? columns : undefined
}
