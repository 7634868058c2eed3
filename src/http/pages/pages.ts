/** The pages that links lead to. A page shows on GET and acts on POST only: whoever previews a link decides nothing. */
import type { OpenAPIHono } from '@hono/zod-openapi'
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
import { type Language, languageOf } from './language.ts'
import { STYLE_PATH } from './layout.ts'
import { type HttpContext, kindly, message, page, problemMarkup, sentForm, sorry, tokenOf } from './page-answer.ts'
import { stopPage } from './stop-page.ts'
import { style } from './style.ts'
import { addWebhookLogPage } from './webhook-log.ts'
import { words } from './words.ts'

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
  addWebhookLogPage(app, sijil)
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

// — words —————————————————————————————————————————————————————————————————————————————————————————————————————————————

/** A schema speaks English unless it is asked again. */
function inWordsOf(language: Language, told: ErrorAnswer, schema: Schema | undefined, value: unknown): ErrorAnswer {
  if (told.error.code !== 'INVALID_VALUE' || schema === undefined) return told
  const issues = issuesIn(language, schema, value)
  return issues === undefined ? told : { ...told, error: { ...told.error, issues } }
}
