import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const review = {
  desk: 'legal-counsel',
  title: 'مراجعة عقد الشراكة',
  text: 'نرجو مراجعة البند السابع.',
  language: 'ar',
  dueAt: Date.UTC(2026, 11, 1),
} as const

const common = {
  vendor: 'desk-http',
  acted: 'done',
  notActed: 'repeat',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_DESK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` }),
  neverShown: ({ sandbox }) => [review.title, review.text, sandbox.settings['SIJIL_DESK_SECRET'] ?? ''],
} as const satisfies Partial<Subject>

export const openTask: Subject = {
  ...common,
  operation: 'openTask',
  call: ({ desk }) => desk.openTask(review),
  action: 'task opened',
}

export const withdrawTask: Subject = {
  ...common,
  operation: 'withdrawTask',
  prepare: async ({ desk }) => (await desk.openTask(review)).taskId,
  call: ({ desk }, taskId) => desk.withdrawTask({ taskId, reason: 'The deal has ended' }),
  action: 'task withdrawn',
}
