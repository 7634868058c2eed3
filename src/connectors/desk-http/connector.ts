import { z } from 'zod'
import { EffectRefused, SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { type Exchange, exchange } from '../http-exchange.ts'
import { signedHeaders } from '../signed-headers.ts'
import { answerOfChange, answerOfReading, type Dialect, healthFrom } from '../sorted-answer.ts'
import type { DeskTask } from '../systems.ts'
import { digestOf, keyOnTheWire } from '../wire-key.ts'
import { ErrorBody, settings, TaskAnswer } from './contract.ts'
import { webhook } from './webhook.ts'

type Client = SettingsOf<typeof settings>
interface TaskRef {
  readonly taskId: string
}
interface Withdrawal extends TaskRef {
  readonly reason: string
}

const dialect: Dialect = {
  vendor: 'The desk',
  code: (body) => ErrorBody.safeParse(body).data?.code,
}

const traits = {
  documentation: 'docs/connectors/desk-http.md',
  timeoutMs: 20_000,
  rateLimit: { calls: 60, perMs: 60_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const
const LONGEST_KEY = 255

/**
 * Any system of people that speaks our small contract: Standard Webhooks towards it, and back. The id of a task is our key, which the
 * desk takes for the task's own: sent again it opens no second one.
 */
export const deskHttp = defineConnector({
  key: 'desk-http',
  system: 'desk',
  displayName: { en: 'Task desk over HTTP', ar: 'جهة مهام عبر HTTP' },
  version: '1',
  documentation: 'docs/connectors/desk-http.md',
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Whatever the task says', ar: 'كل ما تقوله المهمة' }],
  processedIn: { en: 'Where the configured system of the desk stands', ar: 'حيث يوجد نظام الجهة المضبوط' },
  settings,
  client: (given: Client) => given,
  operations: {
    openTask: {
      ...traits,
      kind: 'changing',
      title: { en: 'Open a task at a desk', ar: 'فتح مهمة لدى جهة' },
      approval: 'B',
      idempotency: 'native key',
      undoneBy: 'withdrawTask',
      auditEvent: 'desk.task.opened',
      make: openTask,
      probe: openedBefore,
    },
    withdrawTask: {
      ...traits,
      kind: 'changing',
      title: { en: 'Withdraw a task', ar: 'سحب مهمة' },
      approval: 'A',
      idempotency: 'native key',
      undoneBy: {
        never: {
          en: 'A withdrawn task stays withdrawn; a new one may be opened',
          ar: 'المهمة المسحوبة تبقى كذلك؛ ويمكن فتح أخرى',
        },
      },
      auditEvent: 'desk.task.withdrawn',
      make: withdrawTask,
      probe: withdrawnBefore,
    },
  },
  health: (client, signal) => healthFrom(known(client, signal)),
  webhook,
})

async function openTask(task: DeskTask, call: Call<Client>): Promise<TaskRef> {
  const { desk, title, text, language, dueAt, answerUrl } = task
  const id = keyOnTheWire(call.key, LONGEST_KEY)
  const data = {
    id,
    account: call.client.account,
    desk,
    title,
    text,
    language,
    ...(dueAt === undefined ? {} : { due: new Date(dueAt).toISOString() }),
    ...(answerUrl === undefined ? {} : { answer_url: answerUrl }),
  }
  const answer = answerOfChange(await told('task.opened', data, call), TaskAnswer, dialect)
  return { taskId: answer.id }
}

async function openedBefore(_task: DeskTask, call: Call<Client>): Promise<TaskRef> {
  const found = await read(keyOnTheWire(call.key, LONGEST_KEY), call)
  if (found === undefined) throw new SafeToRepeat('the desk has no such task, and takes its id for its own')
  return { taskId: found.id }
}

async function withdrawTask({ taskId, reason }: Withdrawal, call: Call<Client>): Promise<TaskRef> {
  const result = await told('task.withdrawn', { id: taskId, account: call.client.account, reason }, call)
  if (result.kind === 'answered' && result.status === 409) throw alreadyAnswered()
  answerOfChange(result, TaskAnswer, dialect)
  return { taskId }
}

async function withdrawnBefore({ taskId }: Withdrawal, call: Call<Client>): Promise<TaskRef> {
  const found = await read(taskId, call)
  if (found?.status === 'answered') throw alreadyAnswered()
  if (found?.status === 'withdrawn') return { taskId }
  throw new SafeToRepeat('the task is not withdrawn yet')
}

const alreadyAnswered = () =>
  new EffectRefused('ALREADY_ANSWERED', 'The desk has answered the task; it cannot be withdrawn.')

/** One message to the desk, signed with the time of this attempt. Its id is the same on every attempt. */
async function told(type: string, data: Readonly<Record<string, unknown>>, call: Call<Client>): Promise<Exchange> {
  const { url, secret } = call.client
  const body = JSON.stringify({ type, timestamp: new Date(call.now).toISOString(), data })
  call.begin()
  return exchange({
    method: 'POST',
    base: url,
    path: 'tasks',
    body: Buffer.from(body),
    headers: {
      'content-type': 'application/json',
      'idempotency-key': JSON.stringify(keyOnTheWire(call.key, LONGEST_KEY)),
      ...signedHeaders([secret], { id: digestOf(call.key), body, at: Date.now() }),
    },
    signal: call.signal,
  })
}

/** Undefined when the desk has no such task. */
async function read(taskId: string, { client, signal }: Pick<Call<Client>, 'client' | 'signal'>) {
  const result = await asked(client, `tasks/${encodeURIComponent(taskId)}`, signal)
  if (result.kind === 'answered' && result.status === 404) return undefined
  return answerOfReading(result, TaskAnswer, dialect)
}

const known = async (client: Client, signal: AbortSignal) =>
  answerOfReading(await asked(client, 'tasks', signal), z.object({ open: z.int() }), dialect)

/** A question is signed too: its id is its path, and it has no body. */
function asked({ url, secret }: Client, path: string, signal: AbortSignal): Promise<Exchange> {
  const headers = signedHeaders([secret], { id: digestOf(path), body: '', at: Date.now() })
  return exchange({ method: 'GET', base: url, path, headers, signal })
}
