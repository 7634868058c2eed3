import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { auditInventory, type InventoryAudit } from '../../inventory/audit.ts'
import { type InventoryListing, listInventory } from '../../inventory/listing.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, refuses, Words } from './described.ts'

const tags = ['inventory']
const placementClass = z.enum(['short', 'medium', 'long'])
const Reasons = z.array(z.looseObject({ trait: z.string() }))

const Listing = z
  .looseObject({
    name: z.string(),
    title: Words,
    does: Words,
    status: z.union([
      z.strictObject({ kind: z.literal('built'), version: z.int() }),
      z.strictObject({ kind: z.literal('outline') }),
    ]),
    declared: z.looseObject({ class: placementClass }),
    placed: z.looseObject({ class: placementClass, reasons: Reasons }),
    runsAs: placementClass,
    engine: z.enum(['inline', 'local', 'temporal']).nullable(),
  })
  .openapi('InventoryListing')

const Finding = z
  .looseObject({
    kind: z.enum(['contradiction', 'strain', 'observation']),
    workflow: z.string(),
    title: Words,
    declared: placementClass,
    placed: placementClass,
    runsAs: placementClass,
    reasons: Reasons,
  })
  .openapi('InventoryFinding')

const list = createRoute({
  method: 'get',
  path: '/inventory',
  tags,
  summary: 'Every workflow, where the rule places it and why',
  responses: {
    200: answers<{ readonly workflows: readonly InventoryListing[] }>(
      z.strictObject({ workflows: z.array(Listing) }),
      'In the order of the declared inventory.',
    ),
    ...refuses,
  },
})

const audit = createRoute({
  method: 'get',
  path: '/inventory/audit',
  tags,
  summary: 'What is declared, held against the rule',
  responses: {
    200: answers<InventoryAudit>(
      z.strictObject({
        contradictions: z.array(Finding),
        strains: z.array(Finding),
        observations: z.array(Finding),
        notBuilt: z.array(z.string()),
      }),
      'The findings.',
    ),
    ...refuses,
  },
})

export function addInventoryRoutes(
  app: OpenAPIHono<HttpEnv>,
  { catalogue, engineChoice }: Pick<Sijil, 'catalogue' | 'engineChoice'>,
): void {
  app.openapi(list, (c) => c.json({ workflows: listInventory(catalogue, engineChoice) }, 200))
  app.openapi(audit, (c) => c.json(auditInventory(catalogue), 200))
}
