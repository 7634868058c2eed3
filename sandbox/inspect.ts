import { z } from 'zod'
import { FAULTS, type Faults } from './faults.ts'
import { action, formOf } from './button.ts'
import type { Route } from './http-server.ts'
import { VENDORS } from './vendors.ts'
import type { WebhookQueue } from './webhook-queue.ts'

const FaultForm = z.object({
  vendor: z.enum(VENDORS.map(({ key }) => key)),
  operation: z.string().min(1).optional(),
  kind: z.enum(FAULTS),
  times: z.coerce.number().int().min(1).max(1_000).default(1),
})
/** `GET /inspect/<view>.json` shows what the sandbox knows; the POSTs do what the buttons of its page do. */
export const inspectRoutes = (
  views: Readonly<Record<string, () => readonly unknown[]>>,
  faults: Faults,
  webhooks: WebhookQueue,
): readonly Route[] => [
  ...Object.entries(views).map(
    ([name, view]): Route => ({
      method: 'GET',
      path: `/inspect/${name}.json`,
      answer: () => ({ status: 200, body: view() }),
    }),
  ),
  action('/inspect/faults', (incoming) => faults.add(FaultForm.parse(formOf(incoming)))),
  action('/inspect/faults/clear', () => faults.clear()),
  action('/inspect/deliveries/:delivery/repeat', ({ params }) => webhooks.repeat(params['delivery'] ?? '')),
  action('/inspect/deliveries/:delivery/forge', async ({ params }) => {
    await webhooks.forge(params['delivery'] ?? '')
  }),
]
