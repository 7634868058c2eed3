import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { linkToLog } from '../../decisions/log-link.ts'
import type { EndpointView, MessageView } from '../../ledger/reading/webhooks.ts'
import {
  type AddedEndpoint,
  addWebhook,
  changeWebhook,
  listWebhooks,
  readWebhookLog,
  replayWebhooks,
  type RotatedSecret,
  rotateWebhook,
} from '../../outgoing-webhooks/endpoints.ts'
import { eventTypes } from '../../outgoing-webhooks/event.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, instant, limit, refuses, sends } from './described.ts'

const tags = ['outgoing webhooks']
const text = z.string()
const params = z.object({ endpoint: text })
const why = text.openapi({ description: 'Goes into the audit log.' })
const secret = text.openapi({ description: '`whsec_…`, as Standard Webhooks has it. Shown this once.' })

const Endpoint = z
  .strictObject({
    id: text,
    url: text,
    events: z.array(text),
    state: z.enum(['active', 'paused', 'disabled', 'removed']).openapi({
      description: '`disabled`: the other side answered 410 Gone.',
    }),
    why: text.nullable(),
    addedAt: instant,
    bothSecretsUntil: instant.nullable().openapi({ description: 'Until then two secrets sign.' }),
    heldUntil: instant.nullable().openapi({ description: 'The other side asked for quiet until then.' }),
    failingSince: instant.nullable().openapi({ description: 'Since then no attempt has succeeded.' }),
    waiting: z.int().openapi({ description: 'Messages that wait to be delivered, for the first time or again.' }),
    failed: z.int().openapi({ description: 'Messages that were given up.' }),
    behind: z.int().openapi({ description: 'Rows of the audit trail that were not looked at yet.' }),
  })
  .openapi('WebhookEndpoint')

const Message = z
  .strictObject({
    id: text.openapi({ description: 'Travels as `webhook-id`, the same on every attempt.' }),
    endpoint: text,
    type: text,
    run: text.nullable(),
    at: instant,
    state: z.enum(['waiting', 'delivered', 'failed', 'withdrawn']),
    dueAt: instant.nullable(),
    attempts: z.array(
      z.strictObject({
        number: z.int(),
        startedAt: instant,
        endedAt: instant.nullable(),
        outcome: z
          .enum([
            'delivered',
            'refused',
            'redirected',
            'gone',
            'throttled',
            'no_answer',
            'not_sent',
            'untrusted',
            'unknown',
          ])
          .nullable()
          .openapi({ description: 'Null while it is under way; `unknown`: the process that made it died.' }),
        status: z.int().nullable(),
      }),
    ),
  })
  .openapi('WebhookMessage')

const add = createRoute({
  method: 'post',
  path: '/webhook-endpoints',
  tags,
  summary: 'Tell a system of a customer what happens, from now on',
  request: {
    body: sends(
      z.strictObject({
        url: text.openapi({ description: 'https, at a public address.' }),
        events: z.array(text).openapi({ description: `Some of: ${eventTypes.join(', ')}.` }),
      }),
    ),
  },
  responses: {
    201: answers<AddedEndpoint>(z.strictObject({ endpoint: text, secret }), 'Added.'),
    ...refuses,
  },
})

const list = createRoute({
  method: 'get',
  path: '/webhook-endpoints',
  tags,
  summary: 'List the endpoints of outgoing webhooks',
  responses: {
    200: answers<{ readonly endpoints: readonly EndpointView[] }>(
      z.strictObject({ endpoints: z.array(Endpoint) }),
      'All of them; those that were removed are still in the log.',
    ),
    ...refuses,
  },
})

const states = { pause: 'paused', resume: 'active', remove: 'removed' } as const
type Change = keyof typeof states
interface Changed {
  readonly endpoint: string
  readonly state: (typeof states)[Change]
}
const changeTo = (verb: Change, summary: string, description: string) =>
  createRoute({
    method: 'post',
    path: `/webhook-endpoints/{endpoint}/${verb}`,
    tags,
    summary,
    description,
    request: { params, body: sends(z.strictObject({ why })) },
    responses: {
      200: answers<Changed>(z.strictObject({ endpoint: text, state: z.literal(states[verb]) }), 'So it is now.'),
      ...refuses,
    },
  })
const changes: Readonly<Record<Change, ReturnType<typeof changeTo>>> = {
  pause: changeTo(
    'pause',
    'Send nothing to an endpoint for now',
    'What happens meanwhile it is told when it is resumed.',
  ),
  resume: changeTo('resume', 'Go on where an endpoint stopped', 'Also after it was disabled because it answered 410.'),
  remove: changeTo(
    'remove',
    'Never send anything to an endpoint again',
    'Its secret is destroyed and what waits is withdrawn; its log stays.',
  ),
}

const rotate = createRoute({
  method: 'post',
  path: '/webhook-endpoints/{endpoint}/rotate',
  tags,
  summary: 'Give an endpoint a new secret',
  description:
    'For a day both secrets sign, so that the receiver can change over in between. A secret that leaked: rotate twice.',
  request: { params },
  responses: {
    200: answers<RotatedSecret>(z.strictObject({ secret, bothUntil: instant }), 'The new secret.'),
    ...refuses,
  },
})

const replays = answers<{ readonly messages: number }>(
  z.strictObject({ messages: z.int() }),
  'How many are sent again.',
)
const replaySince = createRoute({
  method: 'post',
  path: '/webhook-endpoints/{endpoint}/replay',
  tags,
  summary: 'Send again what is about what happened since',
  description: 'Under the same ids: a receiver that has processed a message takes it for the duplicate that it is.',
  request: {
    params,
    body: sends(
      z.strictObject({
        since: instant,
        failedOnly: z.boolean().optional().openapi({ description: 'Only what was not delivered. Default false.' }),
      }),
    ),
  },
  responses: { 200: replays, ...refuses },
})
const replayOne = createRoute({
  method: 'post',
  path: '/webhook-messages/{message}/replay',
  tags,
  summary: 'Send a message again',
  request: { params: z.object({ message: text }) },
  responses: { 200: replays, ...refuses },
})

const log = createRoute({
  method: 'get',
  path: '/webhook-messages',
  tags,
  summary: 'What became of each message, newest first',
  request: {
    query: z.strictObject({
      endpoint: text.optional(),
      failed: z.enum(['true', 'false']).optional().openapi({ description: 'Only what failed, or has failed so far.' }),
      limit,
      after: text.optional().openapi({ description: '`next` of the page before.' }),
    }),
  },
  responses: {
    200: answers<{ readonly messages: readonly MessageView[]; readonly next?: string }>(
      z.strictObject({ messages: z.array(Message), next: text.optional() }),
      'A page of the log; of each message its last 20 attempts.',
    ),
    ...refuses,
  },
})

const link = createRoute({
  method: 'post',
  path: '/webhook-log-links',
  tags,
  summary: 'Make a link to the page of outgoing webhooks',
  description: 'It is yours and good for an hour: whoever has it sees the log and sends again as you.',
  responses: {
    201: answers<{ readonly url: string; readonly expiresAt: number }>(
      z.strictObject({ url: text, expiresAt: instant }),
      'The link.',
    ),
    ...refuses,
  },
})

export function addOutgoingWebhookRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  const { webhooks } = sijil
  app.openapi(link, async (c) => c.json(await linkToLog(sijil, c.var.actor), 201))
  app.openapi(add, async (c) => c.json(await addWebhook(webhooks, c.var.actor, c.req.valid('json')), 201))
  app.openapi(list, async (c) => c.json({ endpoints: await listWebhooks(webhooks, c.var.actor) }, 200))
  for (const verb of ['pause', 'resume', 'remove'] as const)
    app.openapi(changes[verb], async (c) => {
      const { endpoint } = c.req.valid('param')
      const state = states[verb]
      await changeWebhook(webhooks, c.var.actor, { endpoint, to: state, why: c.req.valid('json').why })
      return c.json({ endpoint, state }, 200)
    })
  app.openapi(rotate, async (c) =>
    c.json(await rotateWebhook(webhooks, c.var.actor, c.req.valid('param').endpoint), 200),
  )
  app.openapi(replaySince, async (c) => {
    const { since, failedOnly = false } = c.req.valid('json')
    const { endpoint } = c.req.valid('param')
    return c.json({ messages: await replayWebhooks(webhooks, c.var.actor, { endpoint, since, failedOnly }) }, 200)
  })
  app.openapi(replayOne, async (c) => {
    const { message } = c.req.valid('param')
    return c.json({ messages: await replayWebhooks(webhooks, c.var.actor, { message }) }, 200)
  })
  app.openapi(log, async (c) => {
    const { failed, ...filter } = c.req.valid('query')
    const page = await readWebhookLog(webhooks, c.var.actor, { ...filter, failedOnly: failed === 'true' })
    return c.json({ messages: page.messages, ...(page.next === undefined ? {} : { next: page.next }) }, 200)
  })
}
