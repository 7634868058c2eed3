import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  type CheckedAccount,
  type ConnectorView,
  checkConnectors,
  listConnectors,
  pauseConnector,
  resumeConnector,
  type Steered,
  type TestedAccount,
  testConnector,
} from '../../composition/connector-desk.ts'
import type { Sijil } from '../../composition/open-sijil.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, instant, refuses, sends, Words } from './described.ts'

const tags = ['connectors']
const text = z.string()
const params = z.object({ connector: text })
const account = text.optional().openapi({ description: 'Our name of the account; without it the only one.' })

const Operation = z.looseObject({ kind: z.enum(['changing', 'reading']), title: Words, approval: z.enum(['A', 'B']) })
const Declaration = z.looseObject({
  key: text,
  system: text,
  displayName: Words,
  version: text,
  documentation: text,
  external: z.boolean(),
  classification: z.enum(['public', 'internal', 'confidential', 'restricted']),
  personalData: z.array(Words),
  processedIn: Words,
  operations: z.record(text, Operation),
})
const Connector = z
  .strictObject({
    declaration: Declaration.openapi({ description: 'Its contract: see docs/connectors.md.' }),
    accounts: z.array(
      z.strictObject({
        account: text,
        own: z.boolean().openapi({ description: 'False: it serves every organisation.' }),
        plays: z.boolean().openapi({ description: 'Steps reach the role through it.' }),
        paused: z.strictObject({ person: text, why: text, pausedAt: instant }).nullable(),
        webhook: text.nullable().openapi({ description: 'Where the vendor reports to.' }),
      }),
    ),
    lastError: z
      .strictObject({ operation: text, code: text, at: instant })
      .nullable()
      .openapi({ description: 'Of this process.' }),
  })
  .openapi('Connector')

const health = z.union([
  z.strictObject({ state: z.literal('up') }),
  z.strictObject({ state: z.literal('down'), code: text, message: text }),
])
const checkedAccount = { connector: text, account: text, health, answerMs: z.int() }

const list = createRoute({
  method: 'get',
  path: '/connectors',
  tags,
  summary: 'Every connector with its contract, and your accounts there',
  responses: {
    200: answers<{ connectors: readonly ConnectorView[] }>(
      z.strictObject({ connectors: z.array(Connector) }),
      'The connectors of the product.',
    ),
    ...refuses,
  },
})

const check = createRoute({
  method: 'post',
  path: '/connectors/check',
  tags,
  summary: 'Ask each vendor whether it lets us in',
  description: 'A question with the credentials of each of your accounts. Changes nothing at the vendor.',
  responses: {
    200: answers<{ accounts: readonly CheckedAccount[] }>(
      z.strictObject({ accounts: z.array(z.strictObject(checkedAccount)) }),
      'How each account is.',
    ),
    ...refuses,
  },
})

const test = createRoute({
  method: 'post',
  path: '/connectors/{connector}/test',
  tags,
  summary: 'Try one account: its health, and the way of its webhooks',
  description: 'Changes nothing, at the vendor or here. The way goes over our public address, as the vendor’s does.',
  request: { params, body: sends(z.strictObject({ account })) },
  responses: {
    200: answers<TestedAccount>(
      z.strictObject({
        ...checkedAccount,
        webhook: z
          .strictObject({ address: text, state: z.enum(['up', 'down']), message: text.optional() })
          .nullable()
          .openapi({ description: 'Null where the vendor tells us nothing by itself.' }),
      }),
      'What was found.',
    ),
    ...refuses,
  },
})

const steering = (to: 'pause' | 'resume', summary: string, description: string) =>
  createRoute({
    method: 'post',
    path: `/connectors/{connector}/${to}`,
    tags,
    summary,
    description,
    request: {
      params,
      body: sends(z.strictObject({ account, because: text.openapi({ description: 'Goes into the audit log.' }) })),
    },
    responses: {
      200: answers<Steered>(
        z.strictObject({
          connector: text,
          account: text,
          answer: z.enum(['PAUSED', 'ALREADY_PAUSED', 'RESUMED', 'NOT_PAUSED']),
          runs: z.int().openapi({ description: 'Runs that waited for it and go on now.' }),
        }),
        'How it is now.',
      ),
      ...refuses,
    },
  })

const pause = steering(
  'pause',
  'Hold back what would leave through an account',
  'For your organisation only. No run fails: its effects wait until the account is resumed.',
)
const resume = steering('resume', 'Let it go on', 'What was held back goes on by itself.')

export function addConnectorRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.openapi(list, async (c) => c.json({ connectors: await listConnectors(sijil, c.var.actor) }, 200))
  app.openapi(check, async (c) => c.json({ accounts: await checkConnectors(sijil, c.var.actor) }, 200))
  app.openapi(test, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('json') }
    return c.json(await testConnector(sijil, c.var.actor, asked), 200)
  })
  app.openapi(pause, async (c) => {
    const { because, ...of } = c.req.valid('json')
    return c.json(await pauseConnector(sijil, c.var.actor, { ...c.req.valid('param'), ...of }, because), 200)
  })
  app.openapi(resume, async (c) => {
    const { because, ...of } = c.req.valid('json')
    return c.json(await resumeConnector(sijil, c.var.actor, { ...c.req.valid('param'), ...of }, because), 200)
  })
}
