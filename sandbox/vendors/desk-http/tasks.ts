import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'

export interface StoredTask {
  readonly id: string
  readonly account: string
  readonly desk: string
  readonly title: string
  readonly text: string
  readonly language: 'ar' | 'en'
  readonly due: string | undefined
  readonly answerUrl: string | undefined
  readonly status: 'open' | 'answered' | 'withdrawn'
  readonly outcome: string | undefined
  readonly reason: string | undefined
  readonly at: number
}

const Opened = z.object({
  type: z.literal('task.opened'),
  timestamp: z.iso.datetime(),
  data: z.object({
    id: z.string().min(1).max(255),
    account: z.string().min(1),
    desk: z.string().min(1),
    title: z.string().min(1),
    text: z.string().min(1),
    language: z.enum(['ar', 'en']),
    due: z.iso.datetime().optional(),
    answer_url: z.url().optional(),
  }),
})
const Withdrawn = z.object({
  type: z.literal('task.withdrawn'),
  timestamp: z.iso.datetime(),
  data: z.object({ id: z.string().min(1), account: z.string().min(1), reason: z.string().min(1) }),
})

const problem = (status: number, code: string): Reply => ({ status, body: { code } })
export const deskNoes: Noes = {
  refusal: problem(422, 'NO_SUCH_DESK'),
  failure: problem(500, 'OUT_OF_ORDER'),
  limit: problem(429, 'TOO_MANY'),
}
const answerOf = ({ id, status }: StoredTask): Reply => ({ status: 200, body: { id, status } })

export function deskOperations(record: SandboxRecord, secret: string): readonly Operation[] {
  const tasks = record.collection<StoredTask>('desk task')
  const guard = ({ raw, headers }: Incoming) => {
    try {
      // Its own headers, as text: what else came is no matter.
      new Webhook(secret).verify(raw.length === 0 ? '' : raw, headers as Record<string, string>, { jsonParse: false })
      return undefined
    } catch {
      return problem(401, 'BAD_SIGNATURE')
    }
  }
  return [
    {
      name: ({ raw }) => (Withdrawn.safeParse(jsonOf(raw)).success ? 'withdrawTask' : 'openTask'),
      method: 'POST',
      path: '/desk-http/tasks',
      guard,
      answer: (incoming) => {
        const body = z.union([Opened, Withdrawn]).safeParse(jsonOf(incoming.raw))
        if (!body.success) return problem(400, 'INVALID')
        const key = keyIn(incoming)
        return body.data.type === 'task.opened'
          ? opened(body.data.data, key, record)
          : withdrawn(body.data.data, key, record)
      },
    },
    {
      name: 'readTask',
      method: 'GET',
      path: '/desk-http/tasks/:task',
      guard,
      answer: ({ params }) => {
        const task = tasks.get(params['task'] ?? '')
        return task === undefined ? problem(404, 'NO_SUCH_TASK') : answerOf(task)
      },
    },
    {
      name: 'countTasks',
      method: 'GET',
      path: '/desk-http/tasks',
      guard,
      answer: () => ({ status: 200, body: { open: tasks.all().filter(({ status }) => status === 'open').length } }),
    },
  ]
}

/** Its id is the task's own: the same one again opens no second. */
function opened(
  { answer_url: answerUrl, due, ...data }: z.infer<typeof Opened>['data'],
  key: string | undefined,
  record: SandboxRecord,
): Reply {
  const tasks = record.collection<StoredTask>('desk task')
  const known = tasks.get(data.id)
  if (known !== undefined) return answerOf(known)
  const task: StoredTask = {
    ...data,
    due,
    answerUrl,
    status: 'open',
    outcome: undefined,
    reason: undefined,
    at: Date.now(),
  }
  tasks.put(task.id, task)
  record.addAct({ vendor: 'desk-http', action: 'task opened', key, reference: task.id })
  return { ...answerOf(task), status: 201 }
}

function withdrawn(
  { id, reason }: z.infer<typeof Withdrawn>['data'],
  key: string | undefined,
  record: SandboxRecord,
): Reply {
  const tasks = record.collection<StoredTask>('desk task')
  const task = tasks.get(id)
  if (task === undefined) return problem(404, 'NO_SUCH_TASK')
  if (task.status === 'answered') return problem(409, 'ALREADY_ANSWERED')
  if (task.status === 'withdrawn') return answerOf(task)
  const gone: StoredTask = { ...task, status: 'withdrawn', reason }
  tasks.put(id, gone)
  record.addAct({ vendor: 'desk-http', action: 'task withdrawn', key, reference: id })
  return answerOf(gone)
}

function keyIn({ headers }: Incoming): string | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? key.replaceAll('"', '') : undefined
}
