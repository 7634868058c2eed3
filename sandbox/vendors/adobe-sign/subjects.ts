import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const envelope = {
  subject: 'Partnership agreement',
  message: 'Please sign. يرجى التوقيع',
  document: { name: 'اتفاقية.pdf', contentBase64: Buffer.from('%PDF-1.7 agreement').toString('base64') },
  signers: [
    { name: 'نورة العتيبي', email: 'noura@partner.example', language: 'ar' },
    { name: 'Omar Haddad', email: 'omar@growth.example', language: 'en' },
  ],
} as const

export const sendEnvelope: Subject = {
  vendor: 'adobe-sign',
  operation: 'sendEnvelope',
  call: ({ esign }) => esign.sendEnvelope(envelope),
  answersNothing: true,
  action: 'envelope sent',
  acted: 'done',
  // The draft is there, and nobody was asked to sign it.
  notActed: 'repeat',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_ADOBE_SIGN_REFRESH_TOKEN: 'wrong' }),
  neverShown: ({ sandbox }) => [
    ...envelope.signers.flatMap(({ name, email }) => [name, email]),
    sandbox.settings['SIJIL_ADOBE_SIGN_CLIENT_SECRET'] ?? '',
    sandbox.settings['SIJIL_ADOBE_SIGN_REFRESH_TOKEN'] ?? '',
  ],
}

export const voidEnvelope: Subject = {
  ...sendEnvelope,
  operation: 'voidEnvelope',
  prepare: async ({ esign }) => (await esign.sendEnvelope(envelope)).envelopeId,
  call: ({ esign }, envelopeId) => esign.voidEnvelope({ envelopeId, reason: 'The terms changed' }),
  action: 'envelope voided',
}

const { answersNothing: _, ...answering } = voidEnvelope
export const remindSigners: Subject = {
  ...answering,
  operation: 'remindSigners',
  call: ({ esign }, envelopeId) => esign.remindSigners({ envelopeId }),
  action: 'signers reminded',
  acted: 'unknown',
  notActed: 'unknown',
}
