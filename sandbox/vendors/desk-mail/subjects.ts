import { EffectNotMade } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'
import { review } from '../desk-http/subjects.ts'
import { deskMail } from './vendor.ts'

const common = {
  vendor: 'desk-mail',
  overMail: true,
  action: 'mail accepted',
  acted: 'unknown',
  notActed: 'unknown',
  failure: EffectNotMade,
  retryAfterMs: undefined,
  wrongCredentials: ({ sandbox }) => ({
    SIJIL_DESK_MAIL_URL: sandbox.of(deskMail).url.replace('//', '//desk:wrong@'),
  }),
  neverShown: () => [review.title, review.text, 'law@firm.example'],
} as const satisfies Partial<Subject>

export const openTask: Subject = { ...common, operation: 'openTask', call: ({ desk }) => desk.openTask(review) }

export const withdrawTask: Subject = {
  ...common,
  operation: 'withdrawTask',
  call: ({ desk }) => desk.withdrawTask({ taskId: 'legal-counsel/0123456789abcdef', reason: 'The deal has ended' }),
}
