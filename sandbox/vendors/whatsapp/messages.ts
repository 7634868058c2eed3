import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import type { SandboxOptions } from '../../sandbox.ts'
import { bearerIs, type Noes, type Operation } from '../../vendor-route.ts'

export interface WhatsAppSecrets {
  readonly phoneNumberId: string
  readonly token: string
  readonly appSecret: string
  readonly verifyToken: string
}

export interface Message {
  readonly id: string
  readonly to: string
  /** Empty, as the language is, for an answer that needs none. */
  readonly template: string
  readonly language: string
  readonly parameters: readonly string[]
  readonly key: string | undefined
  readonly status: MessageStatus
  readonly replies: readonly string[]
  readonly at: number
}
export type MessageStatus = 'sent' | 'delivered' | 'read' | 'failed'

const AnyBody = z.object({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual').optional(),
  to: z.string().regex(/^\+?\d{8,15}$/),
  biz_opaque_callback_data: z.string().max(512).optional(),
})
const TemplateBody = AnyBody.extend({
  type: z.literal('template'),
  template: z.object({
    name: z.string().regex(/^[a-z0-9_]{1,512}$/),
    language: z.object({
      code: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/),
      policy: z.literal('deterministic').optional(),
    }),
    components: z
      .array(
        z.object({
          type: z.literal('body'),
          parameters: z.array(z.object({ type: z.literal('text'), text: z.string().min(1).max(1024) })),
        }),
      )
      .optional(),
  }),
})
const TextBody = AnyBody.extend({
  type: z.literal('text'),
  text: z.object({ body: z.string().min(1).max(4096), preview_url: z.boolean().optional() }),
})
const SendBody = z.discriminatedUnion('type', [TemplateBody, TextBody])

/** What somebody has done that decides whether they may be written to. */
export interface Person {
  readonly wroteAt?: number
  readonly stopped?: boolean
}
const WINDOW_MS = 24 * 3_600_000
export const numberOf = (text: string): string => text.replace('+', '')

const problem = (status: number, code: number, message: string): Reply => ({
  status,
  body: {
    error: {
      message: `(#${code}) ${message}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details: message },
      fbtrace_id: randomBytes(8).toString('base64url'),
    },
  },
})
export const whatsappNoes: Noes = {
  refusal: problem(400, 131026, 'Message undeliverable'),
  failure: problem(500, 131000, 'Something went wrong'),
  limit: problem(429, 130429, 'Rate limit hit'),
}

/** Reports what became of a message to the business. */
export type ReportStatus = (message: Message, status: MessageStatus) => void

export function whatsappOperations(
  record: SandboxRecord,
  { token, phoneNumberId }: Pick<WhatsAppSecrets, 'token' | 'phoneNumberId'>,
  { templates: approved, marketingTemplates = [] }: Pick<SandboxOptions, 'templates' | 'marketingTemplates'>,
  report: ReportStatus,
): readonly Operation[] {
  const messages = record.collection<Message>('message')
  const people = record.collection<Person>('person')
  const refusalOf = (body: z.infer<typeof SendBody>): Reply | undefined => {
    const { wroteAt = 0, stopped = false } = people.get(numberOf(body.to)) ?? {}
    if (body.type === 'text')
      return Date.now() - wroteAt < WINDOW_MS ? undefined : problem(400, 131047, 'Re-engagement message')
    if (approved !== undefined && !approved.includes(body.template.name))
      return problem(404, 132001, 'Template name does not exist in the translation')
    return stopped && marketingTemplates.includes(body.template.name)
      ? problem(400, 131050, 'User has stopped receiving marketing messages')
      : undefined
  }
  const guard = (incoming: Incoming) => {
    if (!bearerIs(incoming, token)) return problem(401, 190, 'Invalid OAuth access token')
    return incoming.params['number'] === phoneNumberId ? undefined : problem(400, 33, 'Object does not exist')
  }
  return [
    {
      name: ({ raw }) =>
        z.object({ type: z.literal('text') }).safeParse(jsonOf(raw)).success ? 'sendText' : 'sendTemplate',
      method: 'POST',
      path: '/whatsapp/:version/:number/messages',
      guard,
      answer: ({ raw }) => {
        const body = SendBody.safeParse(jsonOf(raw))
        if (!body.success) return problem(400, 100, 'Invalid parameter')
        const refused = refusalOf(body.data)
        if (refused !== undefined) return refused
        const { to, biz_opaque_callback_data: key } = body.data
        const message: Message = {
          id: `wamid.${randomBytes(24).toString('base64')}`,
          to,
          ...contentOf(body.data),
          key,
          status: 'delivered',
          replies: [],
          at: Date.now(),
        }
        messages.put(message.id, message)
        record.addAct({ vendor: 'whatsapp', action: 'message sent', key, reference: message.id })
        report(message, 'sent')
        report(message, 'delivered')
        return {
          status: 200,
          body: {
            messaging_product: 'whatsapp',
            contacts: [{ input: to, wa_id: to.replace('+', '') }],
            messages: [{ id: message.id }],
          },
        }
      },
    },
    {
      name: 'readNumber',
      method: 'GET',
      path: '/whatsapp/:version/:number',
      guard,
      answer: () => ({ status: 200, body: { id: phoneNumberId, display_phone_number: '+966 11 000 0000' } }),
    },
  ]
}

function contentOf(body: z.infer<typeof SendBody>): Pick<Message, 'template' | 'language' | 'parameters'> {
  if (body.type === 'text') return { template: '', language: '', parameters: [body.text.body] }
  const { name, language, components = [] } = body.template
  const parameters = components.flatMap((component) => component.parameters.map(({ text }) => text))
  return { template: name, language: language.code, parameters }
}

/** The body in which Meta reports statuses and messages of one business number. */
export const reportOf = (phoneNumberId: string, value: Readonly<Record<string, unknown>>, field = 'messages') => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field,
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '966110000000', phone_number_id: phoneNumberId },
            ...value,
          },
        },
      ],
    },
  ],
})

export const statusOf = ({ id, to, key }: Message, status: MessageStatus) => ({
  statuses: [
    {
      id,
      status,
      timestamp: String(Math.floor(Date.now() / 1_000)),
      recipient_id: to.replace('+', ''),
      ...(key === undefined ? {} : { biz_opaque_callback_data: key }),
      ...(status === 'failed' ? { errors: [{ code: 131026, title: 'Message undeliverable' }] } : {}),
    },
  ],
})

/** What somebody writes; `answered`: the message of ours that they answer. */
export const writtenBy = (number: string, text: string, answered?: string) => ({
  contacts: [{ wa_id: number, profile: { name: 'Sandbox' } }],
  messages: [
    {
      from: number,
      id: `wamid.${randomBytes(24).toString('base64')}`,
      timestamp: String(Math.floor(Date.now() / 1_000)),
      type: 'text',
      text: { body: text },
      ...(answered === undefined ? {} : { context: { from: '966110000000', id: answered } }),
    },
  ],
})

export const preferenceOf = (number: string, value: 'stop' | 'resume') => ({
  contacts: [{ wa_id: number, profile: { name: 'Sandbox' } }],
  user_preferences: [
    {
      wa_id: number,
      detail: `User requested to ${value} marketing messages`,
      category: 'marketing_messages',
      value,
      timestamp: Math.floor(Date.now() / 1_000),
    },
  ],
})

const RANK: Readonly<Record<MessageStatus, number>> = { sent: 0, delivered: 1, read: 2, failed: 3 }
/** What has been read does not become unread: a status never goes back. */
export const laterOf = (one: MessageStatus, other: MessageStatus): MessageStatus =>
  RANK[one] < RANK[other] ? other : one
