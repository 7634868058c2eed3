import { fieldWords, valueWords } from './field-words.ts'
import { type Field, PREFIX } from './form-fields.ts'
import { html, type Markup } from './html.ts'
import type { Language } from './language.ts'
import { words } from './words.ts'

/** The inputs of a form, filled with what was sent before when it had to be shown again. `id` keeps two forms of a page apart. */
export const fieldsMarkup = (
  fields: readonly Field[],
  language: Language,
  filled: URLSearchParams,
  id: string,
  prefix = PREFIX,
): readonly Markup[] => fields.map((field) => fieldMarkup(field, language, filled, id, prefix))

function fieldMarkup(field: Field, language: Language, filled: URLSearchParams, id: string, prefix: string): Markup {
  const name = `${prefix}${field.name}`
  const label = fieldWords(field.name, language)
  if (field.kind === 'group')
    return html`<fieldset><legend>${label}</legend>${fieldsMarkup(field.fields, language, filled, id, `${name}.`)}</fieldset>`
  const here = `${id}.${name}`
  if (field.kind === 'yes or no')
    return html`<label class="check"><input type="checkbox" name="${name}" value="yes"${flag('checked', filled.has(name))}>${label}</label>`
  const hint = [
    field.required ? [] : words.optional[language],
    field.kind === 'lines' ? words.oneALine[language] : [],
  ].flat()
  const shown = hint.length === 0 ? label : `${label} (${hint.join(', ')})`
  return html`<label for="${here}">${shown}</label>${inputMarkup(field, language, filled.get(name) ?? '', here, name)}`
}

function inputMarkup(
  field: Exclude<Field, { readonly kind: 'group' | 'yes or no' }>,
  language: Language,
  value: string,
  id: string,
  name: string,
): Markup {
  const required = flag('required', field.required)
  if (field.kind === 'choice')
    return html`<select id="${id}" name="${name}"${required}><option value="">${words.choose[language]}</option>${field.options.map(
      (option) =>
        html`<option value="${option}"${flag('selected', option === value)}>${valueWords(field.name, option, language) ?? option}</option>`,
    )}</select>`
  if (field.kind === 'number')
    return html`<input id="${id}" name="${name}" type="number" inputmode="decimal" dir="ltr" step="${field.whole ? '1' : 'any'}"${
      field.min === undefined ? undefined : html` min="${field.min}"`
    }${field.max === undefined ? undefined : html` max="${field.max}"`} value="${value}"${required}>`
  if (field.kind === 'lines' || field.long)
    return html`<textarea id="${id}" name="${name}" dir="auto"${required}>${value}</textarea>`
  return html`<input id="${id}" name="${name}" type="text" dir="auto" value="${value}"${required}>`
}

const flag = (name: 'required' | 'checked' | 'selected', on: boolean): Markup | undefined =>
  on ? (name === 'required' ? html` required` : name === 'checked' ? html` checked` : html` selected`) : undefined
