/** What all pages share: how they are asked and how they are answered. */
import type { Context } from 'hono'
import type { Sijil } from '../../composition/open-sijil.ts'
import type { HttpEnv } from '../caller.ts'
import { type ErrorAnswer, errorAnswerOf } from '../error-answer.ts'
import { fieldWords } from './field-words.ts'
import { html, type Markup } from './html.ts'
import { type Language, languageOf, languageOfBrowser } from './language.ts'
import { layout } from './layout.ts'
import { words } from './words.ts'

export type HttpContext = Context<HttpEnv>

export const tokenOf = (c: HttpContext): string => c.req.param('token') ?? ''

export const sentForm = async (c: HttpContext): Promise<URLSearchParams> => new URLSearchParams(await c.req.text())

/** Whatever goes wrong, a person gets a page and not a line of JSON. */
export async function kindly(sijil: Sijil, c: HttpContext, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    return sorry(c, errorAnswerOf(error, sijil.log))
  }
}

export function sorry(c: HttpContext, { status, error }: ErrorAnswer): Response {
  const language = languageOf(c.req.query('lang'), languageOfBrowser(c.req.header('accept-language')))
  const title = words.sorry[language]
  return page(c, language, title, message(title, error.message[language]), status)
}

export const message = (title: string, text: string): Markup =>
  html`<h1>${title}</h1><section class="note" role="status"><p>${text}</p></section>`

export const problemMarkup = ({ error }: ErrorAnswer, language: Language): Markup =>
  html`<section class="note wrong" role="alert"><p>${error.message[language]}</p>${
    error.issues === undefined
      ? undefined
      : html`<p>${words.mend[language]}</p><ul>${error.issues.map(
          ({ path, message: wrong }) =>
            html`<li>${path === '' ? undefined : html`${fieldWords(path.split('.').at(-1) ?? path, language)}: `}<bdi>${wrong}</bdi></li>`,
        )}</ul>`
  }</section>`

export const page = (
  c: HttpContext,
  language: Language,
  title: string,
  body: Markup,
  status: 200 | ErrorAnswer['status'] = 200,
) => c.html(layout({ language, title, body }), status)
