import { EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { answerOfChange, answerOfReading, healthFrom } from '../sorted-answer.ts'
import type { Envelope, EnvelopeRef, Voiding } from '../systems.ts'
import { webhookAddress } from '../webhook-address.ts'
import { digestOf, keyOnTheWire } from '../wire-key.ts'
import { EnvelopeAnswer, KEY_FIELD, ListAnswer, LONGEST_KEY, settings, UpdateAnswer } from './contract.ts'
import { bodyOf } from './envelope-body.ts'
import {
  asked,
  type Client,
  pathOf,
  reachable,
  readCertificate,
  readSignedDocument,
  readStatus,
  remindedBefore,
  remindSigners,
  statusOf,
} from './envelopes.ts'
import { codeOf, dialect, docusignSession } from './session.ts'
import { webhook } from './webhook.ts'

const limits = {
  timeoutMs: 30_000,
  rateLimit: { calls: 3_000, perMs: 3_600_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const
const DOCUMENTS_PAGE = 'https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/get/'

/**
 * DocuSign knows no idempotency key, but can be asked: an envelope carries our key as transaction id, by which it is found
 * for seven days, and as a custom field, by which it is found for good.
 */
export const docusign = defineConnector({
  key: 'docusign',
  system: 'esign',
  displayName: { en: 'DocuSign', ar: 'دوكيوساين' },
  version: 'v2.1',
  documentation: 'https://developers.docusign.com/docs/esign-rest-api/',
  external: true,
  classification: 'restricted',
  personalData: [
    { en: 'Names and mail addresses of the signers', ar: 'أسماء الموقعين وعناوين بريدهم' },
    { en: 'Whatever the document says', ar: 'كل ما تقوله الوثيقة' },
  ],
  processedIn: {
    en: 'In the region of the DocuSign account; to be taken for abroad unless its contract says otherwise',
    ar: 'في منطقة حساب دوكيوساين؛ ويُعد خارج المملكة ما لم ينص عقده على غير ذلك',
  },
  settings,
  client: ({ webhookUrl, settlingMs, ...access }: SettingsOf<typeof settings>): Client => ({
    session: docusignSession(access),
    accountId: access.accountId,
    webhookUrl,
    settlingMs,
  }),
  operations: {
    sendEnvelope: {
      ...limits,
      kind: 'changing',
      title: { en: 'Send an envelope for signature', ar: 'إرسال مظروف للتوقيع' },
      documentation: 'https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/',
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
      title: { en: 'Void an envelope', ar: 'إلغاء مظروف' },
      documentation: 'https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/',
      approval: 'B',
      idempotency: 'probe',
      undoneBy: {
        never: {
          en: 'A void envelope stays void; a new one may be sent',
          ar: 'المظروف الملغى يبقى ملغى، ويمكن إرسال مظروف جديد',
        },
      },
      auditEvent: 'esign.envelope.voided',
      make: voidEnvelope,
      probe: voidedBefore,
    },
    remindSigners: {
      ...limits,
      kind: 'changing',
      title: { en: 'Remind those who have not signed', ar: 'تذكير من لم يوقع' },
      documentation: 'https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/',
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
      title: { en: 'Read how far an envelope is', ar: 'قراءة حالة مظروف' },
      documentation: 'https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/get/',
      approval: 'A',
      auditEvent: 'esign.envelope.read',
      read: readStatus,
    },
    readSignedDocument: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read the signed document', ar: 'قراءة الوثيقة الموقعة' },
      documentation: DOCUMENTS_PAGE,
      approval: 'A',
      auditEvent: 'esign.document.read',
      read: readSignedDocument,
    },
    readCertificate: {
      ...limits,
      kind: 'reading',
      title: { en: 'Read the certificate of completion', ar: 'قراءة شهادة الإتمام' },
      documentation: DOCUMENTS_PAGE,
      approval: 'A',
      auditEvent: 'esign.certificate.read',
      read: readCertificate,
    },
  },
  health: (client, signal) => healthFrom(reachable({ client, signal })),
  webhook,
})

async function sendEnvelope(envelope: Envelope, call: Call<Client>): Promise<EnvelopeRef> {
  const session = await call.client.session.open(call.signal)
  const body = bodyOf(envelope, {
    key: keyOnTheWire(call.key, LONGEST_KEY),
    transactionId: transactionIdOf(call.key),
    webhook: webhookOf(call),
  })
  call.begin()
  const result = await session.exchange({ method: 'POST', path: 'envelopes', body, signal: call.signal })
  return { envelopeId: answerOfChange(result, EnvelopeAnswer, dialect).envelopeId }
}

async function sentBefore(_envelope: Envelope, call: Call<Client>): Promise<EnvelopeRef> {
  const found =
    (await listed({ transaction_ids: transactionIdOf(call.key) }, call)) ??
    (await listed(
      {
        custom_field: `${KEY_FIELD}=${keyOnTheWire(call.key, LONGEST_KEY)}`,
        from_date: new Date(call.now - LONGEST_DOUBT_MS).toISOString(),
      },
      call,
    ))
  if (found === undefined) throw new NeverHappened(call.client.settlingMs)
  if (found.status === 'created')
    throw new EffectUnknown('STILL_A_DRAFT', 'DocuSign has the envelope and has not sent it yet. Ask again later.')
  return { envelopeId: found.envelopeId }
}

/** Longer than any effect stays in doubt. */
const LONGEST_DOUBT_MS = 400 * 86_400_000

async function listed(query: Readonly<Record<string, string>>, call: Call<Client>) {
  const result = await asked({ path: 'envelopes', query }, call)
  const { envelopes = [], envelopeTransactionStatuses = [] } = answerOfReading(result, ListAnswer, dialect)
  for (const { envelopeId, status } of [...envelopes, ...envelopeTransactionStatuses])
    if (envelopeId !== undefined) return { envelopeId, status }
  return undefined
}

async function voidEnvelope(voiding: Voiding, call: Call<Client>): Promise<EnvelopeRef> {
  const session = await call.client.session.open(call.signal)
  call.begin()
  const result = await session.exchange({
    method: 'PUT',
    path: pathOf(voiding),
    body: { status: 'voided', voidedReason: voiding.reason },
    headers: { 'x-docusign-idempotency-key': keyOnTheWire(call.key, LONGEST_KEY) },
    signal: call.signal,
  })
  // Too late to void: it may be voided already, which is what was wanted.
  if (result.kind === 'answered' && codeOf(result.body) === 'ENVELOPE_CANNOT_VOID_INVALID_STATE') {
    if (isOver(await statusOf(voiding, call))) return { envelopeId: voiding.envelopeId }
  }
  return { envelopeId: answerOfChange(result, UpdateAnswer, dialect).envelopeId }
}

async function voidedBefore(voiding: Voiding, call: Call<Client>): Promise<EnvelopeRef> {
  if (isOver(await statusOf(voiding, call))) return { envelopeId: voiding.envelopeId }
  throw new SafeToRepeat('the envelope is not voided yet')
}

/** Whether nobody can sign any more: voided, or declined by a signer. Throws `EffectRefused` when all have signed. */
function isOver(status: string): boolean {
  if (status === 'completed')
    throw new EffectRefused('ENVELOPE_COMPLETED', 'All have signed the envelope; it can no longer be voided.')
  return status === 'voided' || status === 'declined'
}

/** A transaction id is a GUID: ours is made of the key's digest, so that every attempt has the same. */
function transactionIdOf(key: string): string {
  const digest = digestOf(key)
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ].join('-')
}

const webhookOf = ({ client: { webhookUrl, accountId }, tenant }: Call<Client>): string | undefined =>
  webhookUrl === undefined ? undefined : webhookAddress(webhookUrl, tenant, 'docusign', accountId)
