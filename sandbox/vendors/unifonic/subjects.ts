import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const text = { to: '+966501234567', text: 'موعدكم غدا الساعة العاشرة' } as const

export const sendText: Subject = {
  vendor: 'unifonic',
  operation: 'send',
  call: ({ sms }) => sms.send(text),
  action: 'text sent',
  acted: 'done',
  notActed: 'unknown',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  healthNeedsNoCredentials: true,
  wrongCredentials: () => ({ SIJIL_UNIFONIC_APP_SID: 'wrong' }),
  neverShown: ({ sandbox }) => [text.to, text.text, sandbox.settings['SIJIL_UNIFONIC_APP_SID'] ?? ''],
}
