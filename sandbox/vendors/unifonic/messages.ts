import { z } from 'zod'
import type { Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'

export interface UnifonicMessage {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly text: string
  readonly type: string | undefined
  readonly status: Status
  readonly callback: string | undefined
  readonly key: string
  readonly at: number
}
export type Status = 'Delivered' | 'Undeliverable'

const Form = z.object({
  SenderID: z.string().min(1),
  Recipient: z.string().regex(/^[1-9]\d{7,14}$/),
  Body: z.string().min(1),
  responseType: z.literal('JSON'),
  CorrelationID: z.string().min(1),
  MessageType: z.string().regex(/^\d+$/).optional(),
  statusCallback: z.url().optional(),
})

const problem = (status: number, errorCode: string, message: string): Reply => ({
  status,
  body: { success: false, message, errorCode, data: '' },
})
export const unifonicNoes: Noes = {
  refusal: problem(200, 'ER-07', 'Recipient is not valid'),
  failure: problem(500, 'ER-99', 'Internal error'),
  limit: problem(429, 'ER-42', 'Too many requests'),
}

export function unifonicOperations(
  record: SandboxRecord,
  appSid: string,
  report: (message: UnifonicMessage, status: Status) => void,
): readonly Operation[] {
  const messages = record.collection<UnifonicMessage>('unifonic message')
  return [
    {
      name: 'send',
      method: 'POST',
      path: '/unifonic/rest/SMS/messages',
      guard: ({ raw }) =>
        new URLSearchParams(raw.toString('utf8')).get('AppSid') === appSid
          ? undefined
          : problem(401, 'ER-01', 'Authentication failed'),
      answer: ({ raw }) => {
        const form = Form.safeParse(Object.fromEntries(new URLSearchParams(raw.toString('utf8'))))
        if (!form.success) return problem(400, 'ER-02', 'A parameter is missing or wrong')
        const { Recipient, SenderID, Body, CorrelationID, MessageType, statusCallback } = form.data
        const message: UnifonicMessage = {
          id: String(3_200_000_000 + messages.count() + 1),
          to: Recipient,
          from: SenderID,
          text: Body,
          type: MessageType,
          status: 'Delivered',
          callback: statusCallback,
          key: CorrelationID,
          at: Date.now(),
        }
        messages.put(message.id, message)
        record.addAct({ vendor: 'unifonic', action: 'text sent', key: CorrelationID, reference: message.id })
        report(message, 'Delivered')
        return {
          status: 200,
          body: {
            success: true,
            message: '',
            errorCode: 'ER-00',
            data: { MessageID: Number(message.id), CorrelationID, Status: 'Queued', Recipient },
          },
        }
      },
    },
    {
      name: 'greet',
      method: 'GET',
      path: '/unifonic/',
      guard: () => undefined,
      answer: () => ({ status: 404, body: { message: 'no such page' } }),
    },
  ]
}
