import { createHash, randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { action, formOf } from '../../button.ts'
import { defineVendor } from '../../vendor.ts'
import { taskCard } from './card.ts'
import { deskNoes, deskOperations, type StoredTask } from './tasks.ts'

const AnswerForm = z.object({ outcome: z.enum(['approved', 'rejected']), comments: z.string().optional() })
const ACCOUNT = 'desk'

export const deskHttp = defineVendor({
  key: 'desk-http',
  name: { en: 'Task desk', ar: 'جهة المهام' },
  usual: true,
  terms: {
    'task opened': 'فُتحت مهمة',
    'task withdrawn': 'سُحبت مهمة',
    'task answered': 'أُجيب عن مهمة',
    open: 'مفتوحة',
    answered: 'أُجيب عنها',
    withdrawn: 'مسحوبة',
    approved: 'موافقة',
    rejected: 'رفض',
  },
  open: ({ record, secrets, routes, target, tell }) => {
    const { secret, answerSecret } = secrets(() => ({ secret: newSecret(), answerSecret: newSecret() }))
    const tasks = record.collection<StoredTask>('desk task')
    /** What is not open changes nothing. */
    const answer = (id: string, outcome: 'approved' | 'rejected', comments?: string) => {
      const task = tasks.get(id)
      if (task?.status !== 'open') return
      tasks.put(id, { ...task, status: 'answered', outcome })
      record.addAct({ vendor: 'desk-http', action: 'task answered', key: undefined, reference: id })
      tell(target(task.account), {
        type: 'task.answered',
        timestamp: new Date().toISOString(),
        data: { id, account: task.account, outcome, ...(comments === undefined ? {} : { comments }) },
      })
    }
    return {
      tasks: () => tasks.all(),
      answer,
      routes: [
        ...routes(deskOperations(record, secret), deskNoes),
        action('/inspect/desk-tasks/:task/answer', (incoming) => {
          const { outcome, comments } = AnswerForm.parse(formOf(incoming))
          answer(incoming.params['task'] ?? '', outcome, comments)
        }),
      ],
      settings: (url) => ({
        SIJIL_DESK_URL: `${url}/desk-http`,
        SIJIL_DESK_SECRET: secret,
        SIJIL_DESK_ANSWER_SECRET: answerSecret,
        SIJIL_DESK_ACCOUNT: ACCOUNT,
      }),
      views: { 'desk-tasks': () => tasks.all() },
      tab: {
        name: 'tasks',
        cards: (reader) => tasks.all().map((task) => ({ at: task.at, markup: taskCard(task, reader) })),
      },
      webhooks: {
        sign: (raw) => {
          const id = createHash('sha256').update(raw).digest('hex').slice(0, 32)
          const at = new Date()
          return {
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
            'webhook-signature': new Webhook(answerSecret).sign(id, at, raw),
          }
        },
      },
    }
  },
})

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`
