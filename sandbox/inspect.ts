import { z } from 'zod'
import { FAULTS, type Faults } from './faults.ts'
import { type Incoming, jsonOf, type Reply, type Route } from './http-server.ts'
import { VENDORS } from './record.ts'
import type { People } from './people.ts'
import type { Views } from './views.ts'
import type { WebhookQueue } from './webhook-queue.ts'

const FaultForm = z.object({
  vendor: z.enum(VENDORS),
  operation: z.string().min(1).optional(),
  kind: z.enum(FAULTS),
  times: z.coerce.number().int().min(1).max(1_000).default(1),
})
const ReplyForm = z.object({ text: z.string().min(1) })
const SeeForm = z.object({ status: z.enum(['sent', 'delivered', 'read', 'failed']) })

/** `GET /inspect/<view>.json` shows what the sandbox knows; the POSTs do what the buttons of its page do. */
export const inspectRoutes = (
  views: Views,
  faults: Faults,
  webhooks: WebhookQueue,
  people: People,
): readonly Route[] => [
  ...Object.entries<() => unknown>({ ...views }).map(
    ([name, view]): Route => ({
      method: 'GET',
      path: `/inspect/${name}.json`,
      answer: () => ({ status: 200, body: view() }),
    }),
  ),
  {
    method: 'GET',
    path: '/inspect/envelopes/:envelope/document',
    answer: ({ params }): Reply => {
      const envelope = views.envelopes().find(({ envelopeId }) => envelopeId === params['envelope'])
      const body = Buffer.from(envelope?.documents[0]?.documentBase64 ?? '', 'base64')
      const type = envelope?.documents[0]?.fileExtension === 'pdf' ? 'application/pdf' : 'text/plain; charset=utf-8'
      return { status: 200, headers: { 'content-type': type, 'x-content-type-options': 'nosniff' }, body }
    },
  },
  action('/inspect/envelopes/:envelope/sign/:recipient', ({ params }) =>
    people.sign(params['envelope'] ?? '', params['recipient'] ?? ''),
  ),
  action('/inspect/envelopes/:envelope/decline/:recipient', ({ params }) =>
    people.decline(params['envelope'] ?? '', params['recipient'] ?? ''),
  ),
  action('/inspect/messages/:message/see', (incoming) =>
    people.see(incoming.params['message'] ?? '', SeeForm.parse(formOf(incoming)).status),
  ),
  action('/inspect/messages/:message/reply', (incoming) =>
    people.reply(incoming.params['message'] ?? '', ReplyForm.parse(formOf(incoming)).text),
  ),
  action('/inspect/faults', (incoming) => faults.add(FaultForm.parse(formOf(incoming)))),
  action('/inspect/faults/clear', () => faults.clear()),
  action('/inspect/deliveries/:delivery/repeat', ({ params }) => webhooks.repeat(params['delivery'] ?? '')),
  action('/inspect/deliveries/:delivery/forge', async ({ params }) => {
    await webhooks.forge(params['delivery'] ?? '')
  }),
]

/** Does it and leads a browser back to the page. */
const action = (path: string, act: (incoming: Incoming) => void | Promise<void>): Route => ({
  method: 'POST',
  path,
  answer: async (incoming): Promise<Reply> => {
    try {
      await act(incoming)
    } catch (error) {
      if (error instanceof z.ZodError) return { status: 400, body: { message: error.message } }
      throw error
    }
    return { status: 303, headers: { location: backTo(incoming) }, body: 'done' }
  },
})

/** Only ever to a place of the sandbox itself. */
function backTo({ headers: { referer } }: Incoming): string {
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const { pathname, search } = new URL(referer)
  return `${pathname}${search}`
}

/** A form of the page, or JSON; empty fields count as left out. */
function formOf({ headers, raw }: Incoming): unknown {
  if (headers['content-type']?.startsWith('application/json') === true) return jsonOf(raw)
  return Object.fromEntries([...new URLSearchParams(raw.toString('utf8'))].filter(([, value]) => value !== ''))
}
