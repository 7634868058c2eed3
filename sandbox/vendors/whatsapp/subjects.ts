import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'
import { whatsapp as meta } from './vendor.ts'

export const message = { to: '+966501234567', template: 'terms_sent', language: 'ar', parameters: ['نورة'] } as const

export const sendTemplate: Subject = {
  vendor: 'whatsapp',
  operation: 'sendTemplate',
  call: ({ whatsapp }) => whatsapp.sendTemplate(message),
  action: 'message sent',
  acted: 'done',
  notActed: 'unknown',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_WHATSAPP_TOKEN: 'wrong' }),
  neverShown: (world) => [message.to, 'نورة', world.sandbox.settings['SIJIL_WHATSAPP_TOKEN'] ?? ''],
}

export const sendText: Subject = {
  ...sendTemplate,
  operation: 'sendText',
  opens: async ({ sandbox }) => {
    sandbox.of(meta).write(message.to, 'هل من جديد؟')
    await sandbox.webhooks.settled()
  },
  call: ({ whatsapp }) => whatsapp.sendText({ to: message.to, text: 'نعم يا نورة' }),
}
