import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { readLogLink } from '../../decisions/log-link.ts'
import { assertStorable } from '../../engine/commands/checked-value.ts'
import { findPerson } from '../../ledger/reading/organisation.ts'
import { listWebhooks, readWebhookLog, replayWebhooks } from '../../outgoing-webhooks/endpoints.ts'
import type { HttpEnv } from '../caller.ts'
import { type ErrorAnswer, errorAnswerOf } from '../error-answer.ts'
import { REQUEST } from '../routes/described.ts'
import { languageOf } from './language.ts'
import { type HttpContext, kindly, page, problemMarkup, sentForm, sorry, tokenOf } from './page-answer.ts'
import { webhookLogPage } from './webhook-log-page.ts'
import { webhookWords } from './webhook-words.ts'

const MESSAGES_A_PAGE = 25

/** Shows the log of outgoing webhooks to whom the link was made for, and sends one again: by the commands that the API has as well. */
export function addWebhookLogPage(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.get('/w/:token', (c) => kindly(sijil, c, () => show(sijil, c)))
  app.post('/w/:token', (c) => kindly(sijil, c, () => sendAgain(sijil, c)))
}

async function show(sijil: Sijil, c: HttpContext, refused?: ErrorAnswer): Promise<Response> {
  const { actor, expiresAt } = await readLogLink(sijil, tokenOf(c))
  const { webhooks } = sijil
  const own = await findPerson(sijil.database, actor.tenant, actor.person)
  const language = languageOf(c.req.query('lang'), own?.language ?? 'ar')
  const failedOnly = c.req.query('failed') === 'true'
  const after = c.req.query('after')
  assertStorable(after, REQUEST)
  const [endpoints, log] = await Promise.all([
    listWebhooks(webhooks, actor),
    readWebhookLog(webhooks, actor, { failedOnly, after, limit: MESSAGES_A_PAGE }),
  ])
  const problem = refused && problemMarkup(refused, language)
  const view = { endpoints, log, failedOnly, expiresAt, sent: c.req.query('sent') === 'true', problem }
  return page(c, language, webhookWords.title[language], webhookLogPage(view, language), refused?.status ?? 200)
}

async function sendAgain(sijil: Sijil, c: HttpContext): Promise<Response> {
  const message = (await sentForm(c)).get('message') ?? ''
  const { actor } = await readLogLink(sijil, tokenOf(c))
  try {
    assertStorable(message, REQUEST)
    await replayWebhooks(sijil.webhooks, actor, { message })
  } catch (error) {
    const told = errorAnswerOf(error, sijil.log)
    return told.status >= 500 ? sorry(c, told) : show(sijil, c, told)
  }
  const asked = new URLSearchParams({ sent: 'true' })
  for (const name of ['lang', 'failed'] as const) asked.set(name, c.req.query(name) ?? '')
  return c.redirect(`${c.req.path}?${asked.toString()}`, 303)
}
