import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const text = { to: '+966501234567', text: 'موعدكم غدا الساعة العاشرة' } as const

export const sendText: Subject = {
  vendor: 'twilio',
  operation: 'send',
  // Its own text for each key: Twilio's list cannot tell two messages of one text apart.
  prepare: async () => `${text.text} ${crypto.randomUUID()}`,
  call: ({ sms }, prepared) => sms.send({ to: text.to, text: prepared }),
  action: 'text sent',
  acted: 'done',
  notActed: 'never',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_TWILIO_AUTH_TOKEN: 'wrong' }),
  neverShown: (world) => [text.to, text.text, world.sandbox.settings['SIJIL_TWILIO_AUTH_TOKEN'] ?? ''],
}
