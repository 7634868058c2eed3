import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { HttpEnv } from '../caller.ts'
import type { HealthCheck, HealthView } from '../health-check.ts'
import { answers, refuses } from './described.ts'

const state = z.enum(['up', 'down'])
const Health = z
  .strictObject({
    state,
    database: z.strictObject({ state, kind: z.enum(['pglite', 'postgres']), answerMs: z.number().optional() }),
    engine: z.strictObject({ state, loadedRuns: z.int(), unloadableRuns: z.int().optional() }),
    temporal: z.strictObject({ state, untoldRuns: z.int().optional() }).optional(),
    sealing: z.strictObject({ state, rows: z.int().optional(), oldestMs: z.number().optional() }),
    webhooks: z.strictObject({
      state,
      waiting: z.int().optional(),
      oldestMs: z.number().optional(),
      failing: z.int().optional(),
      behind: z.int().optional(),
      attempts: z.record(z.string(), z.int()),
    }),
    connectors: z.record(z.string(), z.strictObject({ state, code: z.string().optional() })),
    process: z.strictObject({ pid: z.int(), host: z.string() }),
  })
  .openapi('Health')

const health = createRoute({
  method: 'get',
  path: '/health',
  tags: ['health'],
  summary: 'Whether this process can do its work',
  description: 'Each part is asked. Needs no key, and tells nothing of any organisation.',
  security: [],
  responses: {
    200: answers<HealthView>(Health, 'It can.'),
    503: answers<HealthView>(Health, 'It cannot: see which part is down.'),
    ...refuses,
  },
})

export function addHealthRoute(app: OpenAPIHono<HttpEnv>, check: HealthCheck): void {
  app.openapi(health, async (c) => {
    const view = await check.view()
    return view.state === 'up' ? c.json(view, 200) : c.json(view, 503)
  })
}
