import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { type Decided, decideTask } from '../../decisions/decide-task.ts'
import type { TaskSummary, TaskView } from '../../decisions/task-view.ts'
import { listTasks, readTask, summariseTask } from '../../decisions/tasks.ts'
import { Refusal } from '../../engine/commands/refusal.ts'
import { parseRunId } from '../../ledger/ids.ts'
import { readLedgerTime } from '../../ledger/reading/ledger-time.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, anything, instant, limit, refuses, sends } from './described.ts'
import { Task, TaskSummary as TaskSummarySchema } from './views.ts'

const tags = ['tasks']
const params = z.object({ task: z.string().openapi({ description: 'The id of a task.' }) })

const list = createRoute({
  method: 'get',
  path: '/tasks',
  tags,
  summary: 'List tasks, newest first',
  request: {
    query: z.strictObject({
      state: z.enum(['open', 'closed', 'all']).optional().openapi({ description: 'Default: open.' }),
      mine: z
        .enum(['true', 'false'])
        .optional()
        .openapi({ description: 'Only those that still want one of your roles.' }),
      run: z.string().optional(),
      limit,
      after: z.string().optional().openapi({ description: '`next` of the page before.' }),
    }),
  },
  responses: {
    200: answers<{ readonly tasks: readonly TaskSummary[]; readonly next?: string }>(
      z.strictObject({ tasks: z.array(TaskSummarySchema), next: z.string().optional() }),
      'A page of tasks.',
    ),
    ...refuses,
  },
})

const show = createRoute({
  method: 'get',
  path: '/tasks/{task}',
  tags,
  summary: 'What a decider sees and authorises',
  description: 'Personal values are opened for those who decide it, and that is written to the audit log.',
  request: { params },
  responses: { 200: answers<TaskView>(Task, 'The task.'), ...refuses },
})

const decide = createRoute({
  method: 'post',
  path: '/tasks/{task}/decisions',
  tags,
  summary: 'Decide a task',
  description: '`COUNTED`: more people must approve. Durable when it is answered.',
  request: {
    params,
    body: sends(
      z.strictObject({
        verdict: z.enum(['approve', 'return', 'reject']),
        digest: z.string().openapi({ description: 'Of the packet that you saw.' }),
        value: anything.optional().openapi({ description: 'What the gate asks its decider to fill in, on approval.' }),
        comments: z.string().optional().openapi({ description: 'Required to return or reject.' }),
      }),
    ),
  },
  responses: {
    200: answers<Decided>(
      z.strictObject({ code: z.enum(['DECIDED', 'COUNTED']), state: TaskSummarySchema.shape.state }),
      'The decision is recorded.',
    ),
    ...refuses,
  },
})

interface LinkView {
  readonly url: string
  readonly expiresAt: number
}
const link = createRoute({
  method: 'post',
  path: '/tasks/{task}/link',
  tags,
  summary: 'A page on which you decide the task without your key',
  description: 'Personal, for one decision, and good until the task is due; at most seven days.',
  request: { params },
  responses: {
    201: answers<LinkView>(z.strictObject({ url: z.string(), expiresAt: instant }), 'The address of the page.'),
    ...refuses,
  },
})
const LINK_MS_MAX = 7 * 86_400_000

export function addTaskRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  app.openapi(list, async (c) => {
    const { mine, run, ...filter } = c.req.valid('query')
    const page = await listTasks(sijil, c.var.actor, {
      ...filter,
      mine: mine === 'true',
      run: run === undefined ? undefined : parseRunId(run),
    })
    return c.json({ tasks: page.tasks, ...(page.next === undefined ? {} : { next: page.next }) }, 200)
  })
  app.openapi(show, async (c) => c.json(await readTask(sijil, c.var.actor, c.req.valid('param').task), 200))
  app.openapi(decide, async (c) => {
    const { task } = c.req.valid('param')
    return c.json(await decideTask(sijil, c.var.actor, { task, ...c.req.valid('json') }), 200)
  })
  app.openapi(link, async (c) => {
    const { tenant, person } = c.var.actor
    const { id, digest, dueAt, mayDecide, state } = await summariseTask(sijil, c.var.actor, c.req.valid('param').task)
    if (state !== 'open') throw new Refusal('TASK_CLOSED', { task: id, state })
    if (!mayDecide) throw new Refusal('NOT_YOUR_ROLE')
    const latest = (await readLedgerTime(sijil.database)) + LINK_MS_MAX
    const expiresAt = Math.floor(Math.min(dueAt ?? latest, latest))
    return c.json(
      { url: sijil.links.url({ kind: 'decision', tenant, person, task: id, digest, expiresAt }), expiresAt },
      201,
    )
  })
}
