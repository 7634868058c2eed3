/** The pages that links lead to. A page shows on GET and acts on POST only: whoever previews a link decides nothing. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Sijil } from '../../composition/open-sijil.ts'
import { decideTask } from '../../decisions/decide-task.ts'
import { answerByLink, type DecisionPage, readAnswerLink, readDecisionLink } from '../../decisions/link-pages.ts'
import { readStopLink, stopByLink } from '../../decisions/stop-link.ts'
import { knownTask, readTask } from '../../decisions/tasks.ts'
import type { Gate } from '../../flow/gate.ts'
import type { Schema } from '../../flow/schema.ts'
import { parseRunId } from '../../ledger/ids.ts'
import { findPerson, readPeople } from '../../ledger/reading/organisation.ts'
import type { TaskRow } from '../../ledger/reading/run-view.ts'
import { readRun } from '../../ledger/reading/runs.ts'
import type { HttpEnv } from '../caller.ts'
import { type ErrorAnswer, errorAnswerOf } from '../error-answer.ts'
import { presentRun } from '../present-run.ts'
import { answerPage } from './answer-page.ts'
import { decisionPage } from './decision-page.ts'
import { type Form, formsOf, inOrderOf, issuesIn, valueOf } from './form-fields.ts'
import { fieldWords } from './field-words.ts'
import { html, type Markup } from './html.ts'
import { type Language, languageOf, languageOfBrowser } from './language.ts'
import { layout, STYLE_PATH } from './layout.ts'
import { stopPage } from './stop-page.ts'
import { style } from './style.ts'
import { words } from './words.ts'

type HttpContext = Context<HttpEnv>
const nothing = new URLSearchParams()

export function addPages(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.get(STYLE_PATH, (c) => {
    c.header('Cache-Control', 'public, max-age=3600')
    return c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' })
  })
  app.get('/d/:token', (c) => kindly(sijil, c, () => showDecision(sijil, c)))
  app.post('/d/:token', (c) => kindly(sijil, c, () => decide(sijil, c)))
  app.get('/a/:token', (c) => kindly(sijil, c, () => showAnswer(sijil, c)))
  app.post('/a/:token', (c) => kindly(sijil, c, () => answer(sijil, c)))
  app.get('/s/:token', (c) => kindly(sijil, c, () => showStop(sijil, c)))
  app.post('/s/:token', (c) => kindly(sijil, c, () => stop(sijil, c)))
}

// — a decision of one of us ———————————————————————————————————————————————————————————————————————————————————————————

async function showDecision(sijil: Sijil, c: HttpContext, sent = nothing, refused?: ErrorAnswer): Promise<Response> {
  const link = await readDecisionLink(sijil, sijil.links, tokenOf(c))
  const { actor } = link
  const { database } = sijil
  const task = await readTask(sijil, actor, link.task)
  const run = await readRun(database, actor.tenant, parseRunId(task.run))
  if (run === undefined) throw new Error('a task without its run')
  const { tasks: rounds, titles } = presentRun(sijil.definitions, run)
  const people = await readPeople(database, actor.tenant)
  const language = languageOf(
    c.req.query('lang'),
    people.find(({ person }) => person === actor.person)?.language ?? 'ar',
  )
  const gate = gateOf(sijil, { ...task, version: run.version })
  const form = decisionForm(gate)
  const packet = gate === undefined ? task.packet : inOrderOf(gate.packet, task.packet)
  const body = decisionPage(
    {
      task: { ...task, packet },
      reader: actor.person,
      people,
      rounds,
      titles,
      fields: form?.fields ?? [],
      filled: sent,
      problem:
        refused && problemMarkup(inWordsOf(language, refused, gate?.decision, form && valueOf(form, sent)), language),
    },
    language,
  )
  return page(c, language, task.title[language], body, refused?.status ?? 200)
}

async function decide(sijil: Sijil, c: HttpContext): Promise<Response> {
  const sent = await sentForm(c)
  const link = await readDecisionLink(sijil, sijil.links, tokenOf(c))
  try {
    await decideTask(sijil, link.actor, await decisionIn(sijil, link, sent))
  } catch (error) {
    const told = errorAnswerOf(error, sijil.log)
    return told.status >= 500 ? sorry(c, told) : showDecision(sijil, c, sent, told)
  }
  const own = await findPerson(sijil.database, link.actor.tenant, link.actor.person)
  return c.redirect(`${c.req.path}?lang=${languageOf(c.req.query('lang'), own?.language ?? 'ar')}`, 303)
}

async function decisionIn(sijil: Sijil, { actor, task, digest }: DecisionPage, sent: URLSearchParams) {
  const verdict = verdictIn(sent)
  const form = decisionForm(gateOf(sijil, await knownTask(sijil, actor, task)))
  const value = verdict === 'approve' && form !== undefined ? { value: valueOf(form, sent) } : {}
  return { task, verdict, digest, comments: sent.get('comments')?.replaceAll('\r\n', '\n') ?? '', ...value }
}

/** Anything but the two others is a rejection: what nobody understood is not approved. */
function verdictIn(sent: URLSearchParams): 'approve' | 'return' | 'reject' {
  const text = sent.get('verdict')
  return text === 'approve' || text === 'return' ? text : 'reject'
}

/** Undefined for a task that no gate has asked for. */
const gateOf = (
  sijil: Sijil,
  { kind, workflow, version, gate }: Pick<TaskRow, 'kind' | 'workflow' | 'version' | 'gate'>,
): Gate | undefined =>
  kind === 'gate' ? sijil.definitions.find(workflow, version)?.workflow.contract.gates[gate] : undefined

const decisionForm = (gate: Gate | undefined): Form | undefined =>
  gate === undefined ? undefined : formsOf(gate.decision)[0]

// — an answer from outside ————————————————————————————————————————————————————————————————————————————————————————————

async function showAnswer(sijil: Sijil, c: HttpContext, sent = nothing, refused?: ErrorAnswer): Promise<Response> {
  const link = await readAnswerLink(sijil, sijil.links, tokenOf(c))
  const language = languageOf(c.req.query('lang'), link.language)
  const title = link.title[language]
  if (link.used) return page(c, language, title, message(title, words.answered[language]), refused?.status ?? 200)
  const forms = formsOf(link.payload, Object.keys(link.fixed))
  const problem = refused && problemMarkup(refused, language)
  return page(c, language, title, answerPage({ link, forms, filled: sent, problem }, language), refused?.status ?? 200)
}

async function answer(sijil: Sijil, c: HttpContext): Promise<Response> {
  const sent = await sentForm(c)
  const link = await readAnswerLink(sijil, sijil.links, tokenOf(c))
  const form = formsOf(link.payload, Object.keys(link.fixed))[Number(sent.get('form') ?? '0')]
  const language = languageOf(c.req.query('lang'), link.language)
  try {
    const came = await answerByLink(sijil, sijil.links, tokenOf(c), form === undefined ? {} : valueOf(form, sent))
    const thanks = came === 'late' ? words.thanksLate : words.thanks
    return page(c, language, link.title[language], message(link.title[language], thanks[language]))
  } catch (error) {
    const told = errorAnswerOf(error, sijil.log)
    if (told.status >= 500) return sorry(c, told)
    const payload = { ...(form === undefined ? {} : valueOf(form, sent)), ...link.fixed }
    return showAnswer(sijil, c, sent, inWordsOf(language, told, link.payload, payload))
  }
}

// — no more promotions, please ——————————————————————————————————————————————————————————————————————————————————————

async function showStop(sijil: Sijil, c: HttpContext): Promise<Response> {
  const { link, organisation } = await readStopLink(sijil, sijil.links, tokenOf(c))
  const language = languageOf(c.req.query('lang'), link.language)
  return page(c, language, words.stopTitle[language], stopPage(organisation, language))
}

/** Also what a mail program sends by itself at one click (RFC 8058): no cookie, no key, and nothing in the body that we need. */
async function stop(sijil: Sijil, c: HttpContext): Promise<Response> {
  const { link, organisation } = await readStopLink(sijil, sijil.links, tokenOf(c))
  await stopByLink(sijil, link)
  const language = languageOf(c.req.query('lang'), link.language)
  return page(c, language, words.stopTitle[language], message(organisation[language], words.stopped[language]))
}

// — what all share ———————————————————————————————————————————————————————————————————————————————————————————————————

const tokenOf = (c: HttpContext): string => c.req.param('token') ?? ''

const sentForm = async (c: HttpContext): Promise<URLSearchParams> => new URLSearchParams(await c.req.text())

/** Whatever goes wrong, a person gets a page and not a line of JSON. */
async function kindly(sijil: Sijil, c: HttpContext, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    return sorry(c, errorAnswerOf(error, sijil.log))
  }
}

function sorry(c: HttpContext, { status, error }: ErrorAnswer): Response {
  const language = languageOf(c.req.query('lang'), languageOfBrowser(c.req.header('accept-language')))
  const title = words.sorry[language]
  return page(c, language, title, message(title, error.message[language]), status)
}

/** A schema speaks English unless it is asked again. */
function inWordsOf(language: Language, told: ErrorAnswer, schema: Schema | undefined, value: unknown): ErrorAnswer {
  if (told.error.code !== 'INVALID_VALUE' || schema === undefined) return told
  const issues = issuesIn(language, schema, value)
  return issues === undefined ? told : { ...told, error: { ...told.error, issues } }
}

const message = (title: string, text: string): Markup =>
  html`<h1>${title}</h1><section class="note" role="status"><p>${text}</p></section>`

const problemMarkup = ({ error }: ErrorAnswer, language: Language): Markup =>
  html`<section class="note wrong" role="alert"><p>${error.message[language]}</p>${
    error.issues === undefined
      ? undefined
      : html`<p>${words.mend[language]}</p><ul>${error.issues.map(
          ({ path, message: wrong }) =>
            html`<li>${path === '' ? undefined : html`${fieldWords(path.split('.').at(-1) ?? path, language)}: `}<bdi>${wrong}</bdi></li>`,
        )}</ul>`
  }</section>`

const page = (
  c: HttpContext,
  language: Language,
  title: string,
  body: Markup,
  status: 200 | ErrorAnswer['status'] = 200,
) => c.html(layout({ language, title, body }), status)
