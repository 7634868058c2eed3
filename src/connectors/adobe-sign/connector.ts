import { defineConnector, type SettingsOf } from '../connector.ts'
import { healthFrom } from '../sorted-answer.ts'
import { type Client, reachable, readCertificate, readSignedDocument, readStatus } from './agreements.ts'
import { remindedBefore, remindSigners, voidedBefore, voidEnvelope } from './changing.ts'
import { settings } from './contract.ts'
import { sendEnvelope, sentBefore } from './sending.ts'
import { adobeSignSession } from './session.ts'
import { webhook } from './webhook.ts'

const DOCUMENTATION = 'https://opensource.adobe.com/acrobat-sign/developer_guide/apiusage.html'
const limits = {
  documentation: DOCUMENTATION,
  timeoutMs: 60_000,
  // What an account may ask is not published: it depends on the plan, and 429 tells when to come back.
  rateLimit: { calls: 60, perMs: 60_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const

/**
 * Acrobat Sign knows no idempotency key, but can be asked: an agreement carries ours as its external id, from when it is a
 * draft that nobody has heard of.
 */
export const adobeSign = defineConnector({
  key: 'adobe-sign',
  system: 'esign',
  displayName: { en: 'Adobe Acrobat Sign', ar: 'أدوبي أكروبات ساين' },
  version: 'v6',
  documentation: DOCUMENTATION,
  external: true,
  classification: 'restricted',
  personalData: [
    { en: 'Names and mail addresses of the signers', ar: 'أسماء الموقعين وعناوين بريدهم' },
    { en: 'Whatever the document says', ar: 'كل ما تقوله الوثيقة' },
  ],
  processedIn: {
    en: 'In the region of the Acrobat Sign account; to be taken for abroad unless its contract says otherwise',
    ar: 'في منطقة حساب أكروبات ساين؛ ويُعد خارج المملكة ما لم ينص عقده على غير ذلك',
  },
  settings,
  client: ({ settlingMs, ...access }: SettingsOf<typeof settings>): Client => ({
    session: adobeSignSession(access),
    clientId: access.clientId,
    settlingMs,
  }),
  operations: {
    sendEnvelope: {
      ...limits,
      kind: 'changing',
      title: { en: 'Send an agreement for signature', ar: 'إرسال اتفاقية للتوقيع' },
      approval: 'B',
      idempotency: 'probe',
      undoneBy: 'voidEnvelope',
      auditEvent: 'esign.envelope.sent',
      make: sendEnvelope,
      probe: sentBefore,
    },
    voidEnvelope: {
      ...limits,
      kind: 'changing',
      title: { en: 'Cancel an agreement', ar: 'إلغاء اتفاقية' },
      approval: 'B',
      idempotency: 'probe',
      undoneBy: {
        never: {
          en: 'A cancelled agreement stays cancelled; a new one may be sent',
          ar: 'الاتفاقية الملغاة تبقى ملغاة، ويمكن إرسال اتفاقية جديدة',
        },
      },
      auditEvent: 'esign.envelope.voided',
      make: voidEnvelope,
      probe: voidedBefore,
    },
    remindSigners: {
      ...limits,
      kind: 'changing',
      title: { en: 'Remind those whose turn it is', ar: 'تذكير من حان دوره' },
      approval: 'B',
      idempotency: 'none',
      undoneBy: { never: { en: 'A reminder promises nothing', ar: 'التذكير لا يعد بشيء' } },
      auditEvent: 'esign.envelope.reminded',
      make: remindSigners,
      probe: remindedBefore,
    },
    readStatus: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read how far an agreement is', ar: 'قراءة حالة اتفاقية' },
      approval: 'A',
      auditEvent: 'esign.envelope.read',
      read: readStatus,
    },
    readSignedDocument: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read the signed document', ar: 'قراءة الوثيقة الموقعة' },
      approval: 'A',
      auditEvent: 'esign.document.read',
      read: readSignedDocument,
    },
    readCertificate: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read the audit trail', ar: 'قراءة سجل التدقيق' },
      approval: 'A',
      auditEvent: 'esign.certificate.read',
      read: readCertificate,
    },
  },
  health: (client, signal) => healthFrom(reachable({ client, signal })),
  webhook,
})
