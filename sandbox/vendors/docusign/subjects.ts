import { generateKeyPairSync } from 'node:crypto'
import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

export const envelope = {
  subject: 'Partnership agreement',
  message: 'Please sign. يرجى التوقيع',
  document: { name: 'agreement.pdf', contentBase64: Buffer.from('%PDF-1.7 agreement').toString('base64') },
  signers: [
    { name: 'نورة العتيبي', email: 'noura@partner.example', language: 'ar' },
    { name: 'Omar Haddad', email: 'omar@growth.example', language: 'en' },
  ],
} as const

const strangersKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

export const sendEnvelope: Subject = {
  vendor: 'docusign',
  operation: 'sendEnvelope',
  call: ({ esign }) => esign.sendEnvelope(envelope),
  action: 'envelope sent',
  acted: 'done',
  notActed: 'never',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_DOCUSIGN_PRIVATE_KEY: strangersKey }),
  neverShown: () => envelope.signers.flatMap(({ name, email }) => [name, email]),
}

export const voidEnvelope: Subject = {
  ...sendEnvelope,
  operation: 'voidEnvelope',
  prepare: async ({ esign }) => (await esign.sendEnvelope(envelope)).envelopeId,
  call: ({ esign }, envelopeId) => esign.voidEnvelope({ envelopeId, reason: 'The terms changed' }),
  action: 'envelope voided',
  notActed: 'repeat',
}

export const remindSigners: Subject = {
  ...voidEnvelope,
  operation: 'remindSigners',
  call: ({ esign }, envelopeId) => esign.remindSigners({ envelopeId }),
  action: 'signers reminded',
  acted: 'unknown',
  notActed: 'unknown',
}
