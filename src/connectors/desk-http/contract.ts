import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

const signingSecret = text.regex(
  /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
  'must be a secret of Standard Webhooks: whsec_ and 24 to 64 bytes in base64',
)

export const settings = {
  url: setting({
    env: 'SIJIL_DESK_URL',
    secret: false,
    title: { en: 'Address that takes tasks', ar: 'العنوان الذي يستقبل المهام' },
    schema: text.pipe(vendorUrl),
  }),
  secret: setting({
    env: 'SIJIL_DESK_SECRET',
    secret: true,
    title: { en: 'Secret with which we sign', ar: 'السر الذي نوقّع به' },
    schema: signingSecret,
  }),
  answerSecret: setting({
    env: 'SIJIL_DESK_ANSWER_SECRET',
    secret: true,
    title: { en: 'Secret with which the desk signs its answers', ar: 'السر الذي توقّع به الجهة أجوبتها' },
    schema: signingSecret,
  }),
  account: setting({
    env: 'SIJIL_DESK_ACCOUNT',
    secret: false,
    title: { en: "Name of the desk's system, in the address of its answers", ar: 'اسم نظام الجهة في عنوان الأجوبة' },
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,63}$/, 'must be small letters, digits and hyphens')
      .default('desk'),
  }),
}

export const TaskAnswer = z.object({ id: z.string().min(1), status: z.enum(['open', 'answered', 'withdrawn']) })
export const ErrorBody = z.object({ code: z.string() })

/** What a desk tells us of a task. `id`: ours. Comments are for people; no flow decides by them. */
export const AnswerBody = z.object({
  type: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.object({
    id: z.string().min(1),
    account: z.string().min(1),
    outcome: z.string().min(1).max(100).optional(),
    comments: z.string().max(10_000).optional(),
  }),
})
