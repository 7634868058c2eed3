import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { Refusal } from '../../engine/commands/refusal.ts'
import { type MovedPage, moveRun, moveRuns } from '../../engine/commands/move-run.ts'
import { resolveEffect } from '../../engine/commands/resolve-effect.ts'
import { cancelRun, retryRun } from '../../engine/commands/run-commands.ts'
import { sendSignal } from '../../engine/commands/send-signal.ts'
import { startRun } from '../../engine/commands/start-run.ts'
import { parseRunId } from '../../ledger/ids.ts'
import { listUnsettledEffects } from '../../ledger/reading/effects.ts'
import type { EffectView, RunSummary } from '../../ledger/reading/run-view.ts'
import { listRuns, readRun } from '../../ledger/reading/runs.ts'
import type { HttpEnv } from '../caller.ts'
import { type PresentedRun, presentRun } from '../present-run.ts'
import { answers, anything, limit, refuses, runId, sends } from './described.ts'
import { Effect, Run, RunSummary as RunSummarySchema } from './views.ts'

const params = z.object({ run: runId })
const why = z.string().openapi({ description: 'Goes into the audit log.' })
const tags = ['runs']

const start = createRoute({
  method: 'post',
  path: '/runs',
  tags,
  summary: 'Start a run',
  description: 'Answers when the run is durable. With an Idempotency-Key, the same request again answers the same run.',
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: sends(z.strictObject({ workflow: z.string(), input: anything })),
  },
  responses: {
    200: answers<StartedView>(started(), 'It had been started before, with the same key.'),
    201: answers<StartedView>(started(), 'Started.'),
    ...refuses,
  },
})
interface StartedView {
  readonly id: string
  readonly known: boolean
}
function started() {
  return z.strictObject({ id: z.string(), known: z.boolean() })
}

const list = createRoute({
  method: 'get',
  path: '/runs',
  tags,
  summary: 'List runs, newest first',
  request: {
    query: z.strictObject({
      workflow: z.string().optional(),
      status: RunSummarySchema.shape.status.optional(),
      requester: z.string().optional(),
      limit,
      after: z.string().optional().openapi({ description: '`next` of the page before.' }),
    }),
  },
  responses: {
    200: answers<{ readonly runs: readonly RunSummary[]; readonly next?: string }>(
      z.strictObject({ runs: z.array(RunSummarySchema), next: z.string().optional() }),
      'A page of runs.',
    ),
    ...refuses,
  },
})

const show = createRoute({
  method: 'get',
  path: '/runs/{run}',
  tags,
  summary: 'Everything the ledger has of a run',
  description: 'Personal values stay sealed.',
  request: { params },
  responses: { 200: answers<PresentedRun>(Run, 'The run.'), ...refuses },
})

interface Accepted {
  readonly run: string
}
const accepted = answers<Accepted>(z.strictObject({ run: z.string() }), 'Recorded: the run goes on by itself.')

const cancel = createRoute({
  method: 'post',
  path: '/runs/{run}/cancel',
  tags,
  summary: 'Ask for the end of a run',
  description: 'What is in flight is waited for. After the pivot only `undo: false` is possible.',
  request: { params, body: sends(z.strictObject({ undo: z.boolean(), why })) },
  responses: { 202: accepted, ...refuses },
})

const retry = createRoute({
  method: 'post',
  path: '/runs/{run}/retry',
  tags,
  summary: 'Try a stuck run again',
  request: { params, body: sends(z.strictObject({ why })) },
  responses: { 202: accepted, ...refuses },
})

const to = z.enum(['local', 'temporal']).openapi({ description: 'Which engine shall drive it.' })
const move = createRoute({
  method: 'post',
  path: '/runs/{run}/move',
  tags,
  summary: 'Move a run to another engine',
  description:
    'What it has done, what it waits for and its deadlines stay as they are. RUN_BUSY: something is under way; try again in a moment.',
  request: { params, body: sends(z.strictObject({ to, why })) },
  responses: { 202: accepted, ...refuses },
})

const moveAll = createRoute({
  method: 'post',
  path: '/runs/moves',
  tags,
  summary: 'Move the next hundred runs to another engine',
  description:
    'Those of your organisation that have not ended and are not there. Send it with `next` until there is none; stop whenever you like.',
  request: { body: sends(z.strictObject({ to, why, after: z.string().optional() })) },
  responses: {
    200: answers<MovedPageView>(
      z.strictObject({
        moved: z.int(),
        busy: z.array(z.string()).openapi({ description: 'Something is under way in them: try again.' }),
        refused: z.array(z.strictObject({ run: z.string(), code: z.string() })),
        next: z.string().optional(),
        left: z.int().openapi({ description: 'How many are not there yet.' }),
      }),
      'What became of them.',
    ),
    ...refuses,
  },
})
type MovedPageView = Omit<MovedPage, 'next'> & { readonly next?: string }

type SignalView = { readonly answer: 'accepted' | 'duplicate' | 'late' }
const signal = createRoute({
  method: 'post',
  path: '/runs/{run}/signals/{signal}',
  tags,
  summary: 'Give a run a signal',
  description: 'Durable when it is answered. `late`: the run had ended, and a task was opened for an operator.',
  request: {
    params: params.extend({ signal: z.string() }),
    body: sends(
      z.strictObject({
        id: z
          .string()
          .min(1)
          .openapi({ description: 'One id is delivered once: send the same one again after a lost answer.' }),
        payload: anything,
      }),
    ),
  },
  responses: {
    200: answers<SignalView>(
      z.strictObject({ answer: z.enum(['accepted', 'duplicate', 'late']) }),
      'It is in the mailbox.',
    ),
    ...refuses,
  },
})

const effects = createRoute({
  method: 'get',
  path: '/effects',
  tags: ['effects'],
  summary: 'Effects that wait for a person',
  description: 'In doubt after a crash, or an undo that failed.',
  responses: {
    200: answers<{ readonly effects: readonly EffectView[] }>(
      z.strictObject({ effects: z.array(Effect) }),
      'Oldest first.',
    ),
    ...refuses,
  },
})

const resolve = createRoute({
  method: 'post',
  path: '/runs/{run}/effects/resolve',
  tags: ['effects'],
  summary: 'Settle an effect in doubt',
  description:
    '`happened` with what the step would have answered; `never` authorises one further generation of the key; `abandon` gives it up.',
  request: {
    params,
    body: sends(
      z.strictObject({
        key: z.string(),
        resolution: z.discriminatedUnion('outcome', [
          z.strictObject({ outcome: z.literal('happened'), output: anything.optional() }),
          z.strictObject({ outcome: z.literal('never') }),
          z.strictObject({ outcome: z.literal('abandon') }),
        ]),
        why,
      }),
    ),
  },
  responses: { 202: accepted, ...refuses },
})

export function addRunRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.openapi(start, async (c) => {
    const { workflow, input } = c.req.valid('json')
    const idempotencyKey = c.req.valid('header')['idempotency-key']
    const { id, known } = await startRun(sijil, c.var.actor, { workflow, input, idempotencyKey })
    return known ? c.json({ id, known }, 200) : c.json({ id, known }, 201)
  })
  app.openapi(list, async (c) => {
    const { after, ...filter } = c.req.valid('query')
    const page = await listRuns(sijil.database, c.var.actor.tenant, {
      ...filter,
      after: after === undefined ? undefined : parseRunId(after),
    })
    return c.json({ runs: page.runs, ...(page.next === undefined ? {} : { next: page.next }) }, 200)
  })
  app.openapi(show, async (c) => {
    const { run } = c.req.valid('param')
    const view = await readRun(sijil.database, c.var.actor.tenant, parseRunId(run))
    if (view === undefined) throw new Refusal('NO_SUCH_RUN', { run })
    return c.json(presentRun(sijil.definitions, view), 200)
  })
  app.openapi(cancel, async (c) => {
    const { run } = c.req.valid('param')
    await cancelRun(sijil, c.var.actor, { run, ...c.req.valid('json') })
    return c.json({ run }, 202)
  })
  app.openapi(retry, async (c) => {
    const { run } = c.req.valid('param')
    await retryRun(sijil, c.var.actor, { run, ...c.req.valid('json') })
    return c.json({ run }, 202)
  })
  app.openapi(move, async (c) => {
    const { run } = c.req.valid('param')
    await moveRun(sijil, c.var.actor, { run, ...c.req.valid('json') })
    return c.json({ run }, 202)
  })
  app.openapi(moveAll, async (c) => {
    const { after, ...command } = c.req.valid('json')
    const { next, ...page } = await moveRuns(sijil, c.var.actor, {
      ...command,
      after: after === undefined ? undefined : parseRunId(after),
    })
    return c.json({ ...page, ...(next === undefined ? {} : { next }) }, 200)
  })
  app.openapi(signal, async (c) => {
    const { id, payload } = c.req.valid('json')
    return c.json({ answer: await sendSignal(sijil, c.var.actor, { ...c.req.valid('param'), id, payload }) }, 200)
  })
  app.openapi(effects, async (c) =>
    c.json({ effects: await listUnsettledEffects(sijil.database, c.var.actor.tenant) }, 200),
  )
  app.openapi(resolve, async (c) => {
    const { run } = c.req.valid('param')
    await resolveEffect(sijil, c.var.actor, { run, ...c.req.valid('json') })
    return c.json({ run }, 202)
  })
}
