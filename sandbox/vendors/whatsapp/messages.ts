import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
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
  readonly template: string
  readonly language: string
  readonly parameters: readonly string[]
  readonly key: string | undefined
  readonly status: MessageStatus
  readonly replies: readonly string[]
  readonly at: number
}
export type MessageStatus = 'sent' | 'delivered' | 'read' | 'failed'

const SendBody = z.object({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual').optional(),
  to: z.string().regex(/^\+?\d{8,15}$/),
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
  biz_opaque_callback_data: z.string().max(512).optional(),
})

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
  approvedTemplates: readonly string[] | undefined,
  report: ReportStatus,
): readonly Operation[] {
  const messages = record.collection<Message>('message')
  const guard = (incoming: Incoming) => {
    if (!bearerIs(incoming, token)) return problem(401, 190, 'Invalid OAuth access token')
    return incoming.params['number'] === phoneNumberId ? undefined : problem(400, 33, 'Object does not exist')
  }
  return [
    {
      name: 'sendTemplate',
      method: 'POST',
      path: '/whatsapp/:version/:number/messages',
      guard,
      answer: ({ raw }) => {
        const body = SendBody.safeParse(jsonOf(raw))
        if (!body.success) return problem(400, 100, 'Invalid parameter')
        const { to, template, biz_opaque_callback_data: key } = body.data
        if (approvedTemplates !== undefined && !approvedTemplates.includes(template.name))
          return problem(404, 132001, 'Template name does not exist in the translation')
        const message: Message = {
          id: `wamid.${randomBytes(24).toString('base64')}`,
          to,
          template: template.name,
          language: template.language.code,
          parameters: (template.components ?? []).flatMap(({ parameters }) => parameters.map(({ text }) => text)),
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

/** The body in which Meta reports statuses and messages of one business number. */
export const reportOf = (phoneNumberId: string, value: Readonly<Record<string, unknown>>) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
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

export const replyTo = ({ id, to }: Message, text: string) => ({
  contacts: [{ wa_id: to.replace('+', ''), profile: { name: 'Sandbox' } }],
  messages: [
    {
      from: to.replace('+', ''),
      id: `wamid.${randomBytes(24).toString('base64')}`,
      timestamp: String(Math.floor(Date.now() / 1_000)),
      type: 'text',
      text: { body: text },
      context: { from: '966110000000', id },
    },
  ],
})
