import { EffectRefused, EffectUnknown } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { sendMail } from '../smtp/client.ts'
import { composed } from '../smtp/composed-mail.ts'
import { domainOf } from '../smtp/contract.ts'
import { handedOver, mailServerHealth } from '../smtp/handed-over.ts'
import type { DeskTask } from '../systems.ts'
import { digestOf } from '../wire-key.ts'
import { settings } from './contract.ts'
import { taskText, withdrawnSubject, withdrawnText } from './letters.ts'

type Client = SettingsOf<typeof settings>
interface TaskRef {
  readonly taskId: string
}
interface Withdrawal extends TaskRef {
  readonly reason: string
}

const SERVER_SETTING = settings.server.env
const traits = {
  kind: 'changing',
  documentation: 'docs/connectors/desk-mail.md',
  approval: 'B',
  idempotency: 'none',
  timeoutMs: 30_000,
  rateLimit: { calls: 60, perMs: 60_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const

/**
 * Desks that have a mailbox and nothing else. A task is a mail with the page on which it is answered, and is withdrawn by another mail
 * in its thread. No mail server can be asked what it took: an attempt in doubt is a person's to settle.
 */
export const deskMail = defineConnector({
  key: 'desk-mail',
  system: 'desk',
  displayName: { en: 'Task desk by mail', ar: 'جهة مهام عبر البريد' },
  version: '1',
  documentation: 'docs/connectors/desk-mail.md',
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Whatever the task says', ar: 'كل ما تقوله المهمة' }],
  processedIn: {
    en: 'Where the configured mail server stands, and the desks’ own',
    ar: 'حيث يوجد خادم البريد المضبوط وخوادم الجهات',
  },
  settings,
  client: (given: Client) => given,
  operations: {
    openTask: {
      ...traits,
      title: { en: 'Open a task at a desk', ar: 'فتح مهمة لدى جهة' },
      undoneBy: 'withdrawTask',
      auditEvent: 'desk.task.opened',
      make: openTask,
      probe: cannotBeAsked,
    },
    withdrawTask: {
      ...traits,
      title: { en: 'Withdraw a task', ar: 'سحب مهمة' },
      undoneBy: {
        never: { en: 'A mail that was handed over cannot be called back', ar: 'لا يمكن استرجاع رسالة بعد تسليمها' },
      },
      auditEvent: 'desk.task.withdrawn',
      make: withdrawTask,
      probe: cannotBeAsked,
    },
  },
  health: ({ server }, signal) => mailServerHealth(server, SERVER_SETTING, signal),
})

/** The id of a task names its desk: whoever withdraws it knows nothing else of it. */
async function openTask(task: DeskTask, call: Call<Client>): Promise<TaskRef> {
  const taskId = `${task.desk}/${digestOf(call.key).slice(0, 40)}`
  await post(call, task.desk, {
    messageId: messageIdOf(taskId, call),
    subject: task.title,
    text: taskText(task),
    headers: { 'Content-Language': task.language },
  })
  return { taskId }
}

async function withdrawTask({ taskId, reason }: Withdrawal, call: Call<Client>): Promise<TaskRef> {
  const thread = messageIdOf(taskId, call)
  await post(call, taskId.slice(0, taskId.indexOf('/')), {
    messageId: messageIdOf(digestOf(call.key).slice(0, 40), call),
    subject: withdrawnSubject,
    text: withdrawnText(reason),
    headers: { 'In-Reply-To': thread, References: thread },
  })
  return { taskId }
}

interface Letter {
  readonly messageId: string
  readonly subject: string
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

async function post({ client, key, signal, begin }: Call<Client>, desk: string, letter: Letter): Promise<void> {
  const { server, from, addresses } = client
  const to = addresses.get(desk)
  if (to === undefined)
    throw new EffectRefused(
      'NO_SUCH_DESK',
      `No desk of that name has an address. Nothing was sent; add it to ${ADDRESSES}.`,
    )
  await handedOver(SERVER_SETTING, async () => {
    const headers = { ...letter.headers, 'X-Sijil-Key': key }
    const bytes = await composed({ ...letter, from, to, html: undefined, headers }, undefined)
    await sendMail(server, { from, to, bytes, notices: { notify: [] } }, signal, begin)
  })
}

const ADDRESSES = settings.addresses.env

const messageIdOf = (taskId: string, { client: { from } }: Call<Client>): string =>
  `<${taskId.slice(taskId.indexOf('/') + 1)}@${domainOf(from)}>`

async function cannotBeAsked(): Promise<never> {
  throw new EffectUnknown('NO_PROBE', 'A mail server cannot be asked whether it took a mail. A person must decide.')
}
