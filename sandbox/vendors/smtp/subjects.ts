import { EffectNotMade } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'
import { smtp } from './vendor.ts'

export const mail = {
  to: 'noura@partner.example',
  subject: 'شروط الشراكة',
  text: 'السلام عليكم',
  html: '<p>السلام عليكم <a href="https://growth.example/d/1">العرض</a></p>',
  language: 'ar',
} as const

export const sendMail: Subject = {
  vendor: 'smtp',
  overMail: true,
  operation: 'send',
  call: ({ email }) => email.send(mail),
  action: 'mail accepted',
  acted: 'unknown',
  notActed: 'unknown',
  failure: EffectNotMade,
  retryAfterMs: undefined,
  wrongCredentials: ({ sandbox }) => ({ SIJIL_SMTP_URL: sandbox.of(smtp).url.replace('//', '//sijil:wrong@') }),
  neverShown: () => [mail.to, mail.subject],
}
