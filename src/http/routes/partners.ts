import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { Refusal } from '../../engine/commands/refusal.ts'
import { listPartners, type PartnerView, type PartnerWriteView, readPartner } from '../../ledger/reading/partners.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, instant, limit, refuses } from './described.ts'

const tags = ['partners']
const properties = z.record(z.string(), z.string())

const Partner = z.strictObject({
  id: z.string(),
  recordId: z.string(),
  stage: z.enum(['applicant', 'active', 'closed']),
  properties,
  createdAt: instant,
  updatedAt: instant,
})
const PartnerSummary = Partner.openapi('Partner')
const PartnerWithWrites = Partner.extend({
  writes: z
    .array(z.strictObject({ key: z.string(), stage: z.string(), properties, at: instant }))
    .openapi({ description: 'Oldest first, by the key of the effect that wrote.' }),
}).openapi('PartnerWithWrites')

const list = createRoute({
  method: 'get',
  path: '/partners',
  tags,
  summary: 'The partners that the built-in CRM holds, those changed last first',
  request: { query: z.strictObject({ limit }) },
  responses: {
    200: answers<{ readonly partners: readonly PartnerView[] }>(
      z.strictObject({ partners: z.array(PartnerSummary) }),
      'The partners.',
    ),
    ...refuses,
  },
})

const show = createRoute({
  method: 'get',
  path: '/partners/{partner}',
  tags,
  summary: 'One partner, and everything that was written of it',
  request: { params: z.object({ partner: z.string() }) },
  responses: {
    200: answers<PartnerView & { readonly writes: readonly PartnerWriteView[] }>(PartnerWithWrites, 'The partner.'),
    ...refuses,
  },
})

export function addPartnerRoutes(app: OpenAPIHono<HttpEnv>, { database }: Pick<Sijil, 'database'>): void {
  app.openapi(list, async (c) =>
    c.json({ partners: await listPartners(database, c.var.actor.tenant, c.req.valid('query').limit) }, 200),
  )
  app.openapi(show, async (c) => {
    const { partner } = c.req.valid('param')
    const view = await readPartner(database, c.var.actor.tenant, partner)
    if (view === undefined) throw new Refusal('NO_SUCH_PARTNER', { partner })
    return c.json(view, 200)
  })
}
