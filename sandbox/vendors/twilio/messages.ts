import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Incoming, Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'

export interface TwilioSecrets {
  readonly accountSid: string
  readonly authToken: string
}
export type Status = 'sent' | 'delivered' | 'undelivered'
export interface ShortMessage {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly text: string
  readonly status: Status
  readonly callback: string | undefined
  readonly key: string | undefined
  readonly at: number
}

const Form = z
  .object({
    To: z.string().regex(/^\+\d{8,15}$/),
    Body: z.string().min(1).max(1_600),
    From: z.string().min(1).optional(),
    MessagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/i)
      .optional(),
    StatusCallback: z.url().optional(),
  })
  .refine(({ From, MessagingServiceSid }) => (From === undefined) !== (MessagingServiceSid === undefined))

const problem = (status: number, code: number, message: string): Reply => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
})
export const twilioNoes: Noes = {
  refusal: problem(400, 21614, 'To number is not a valid mobile number'),
  failure: problem(500, 20500, 'Internal server error'),
  limit: problem(429, 20429, 'Too many requests'),
}

export const hexId = (prefix: string): string => `${prefix}${randomBytes(16).toString('hex')}`

const PATH = '/twilio/2010-04-01/Accounts/:account/Messages.json'

export function twilioOperations(
  record: SandboxRecord,
  { accountSid, authToken }: TwilioSecrets,
  report: (message: ShortMessage, status: Status) => void,
): readonly Operation[] {
  const messages = record.collection<ShortMessage>('short message')
  const stopped = record.collection<true>('stopped number')
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const guard = (incoming: Incoming) =>
    incoming.headers.authorization === credentials && incoming.params['account'] === accountSid
      ? undefined
      : problem(401, 20003, 'Authenticate')
  return [
    {
      name: 'send',
      method: 'POST',
      path: PATH,
      guard,
      answer: ({ raw }) => {
        const form = Form.safeParse(Object.fromEntries(new URLSearchParams(raw.toString('utf8'))))
        if (!form.success) return problem(400, 21604, 'A parameter is missing or wrong')
        const { To: to, Body: text, From, MessagingServiceSid = '', StatusCallback: callback } = form.data
        if (stopped.get(to) !== undefined) return problem(400, 21610, 'Attempt to send to unsubscribed recipient')
        const key = callback === undefined ? undefined : (new URL(callback).searchParams.get('key') ?? undefined)
        const message: ShortMessage = {
          id: hexId('SM'),
          to,
          from: From ?? MessagingServiceSid,
          text,
          status: 'delivered',
          callback,
          key,
          at: Date.now(),
        }
        messages.put(message.id, message)
        record.addAct({ vendor: 'twilio', action: 'text sent', key, reference: message.id })
        report(message, 'sent')
        report(message, 'delivered')
        return { status: 201, body: resourceOf(message, accountSid, 'queued') }
      },
    },
    {
      name: 'list',
      method: 'GET',
      path: PATH,
      guard,
      answer: ({ query }) => {
        const to = query.get('To')
        const found = messages.all().filter((message) => to === null || message.to === to)
        const page = found.toReversed().slice(0, Number(query.get('PageSize') ?? '50'))
        return {
          status: 200,
          body: {
            messages: page.map((message) => resourceOf(message, accountSid, message.status)),
            page: 0,
            page_size: 50,
            start: 0,
            end: Math.max(0, page.length - 1),
            first_page_uri: '',
            next_page_uri: null,
            previous_page_uri: null,
            uri: '',
          },
        }
      },
    },
  ]
}

const resourceOf = ({ id, to, from, text, at }: ShortMessage, accountSid: string, status: string) => ({
  sid: id,
  account_sid: accountSid,
  to,
  from,
  body: text,
  status,
  direction: 'outbound-api',
  num_segments: '1',
  num_media: '0',
  messaging_service_sid: null,
  error_code: null,
  error_message: null,
  price: null,
  price_unit: 'USD',
  api_version: '2010-04-01',
  date_created: new Date(at).toUTCString().replace('GMT', '+0000'),
  date_updated: new Date(at).toUTCString().replace('GMT', '+0000'),
  date_sent: status === 'queued' ? null : new Date(at).toUTCString().replace('GMT', '+0000'),
  uri: `/2010-04-01/Accounts/${accountSid}/Messages/${id}.json`,
  subresource_uris: { media: `/2010-04-01/Accounts/${accountSid}/Messages/${id}/Media.json` },
})
