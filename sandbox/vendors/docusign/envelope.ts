import { randomUUID } from 'node:crypto'
import { z } from 'zod'

/** What DocuSign requires of an envelope definition; it ignores fields that it does not know. */
export const EnvelopeDefinition = z.object({
  status: z.enum(['created', 'sent']),
  emailSubject: z.string().min(1).max(100),
  emailBlurb: z.string().max(10_000).optional(),
  transactionId: z.string().max(36).optional(),
  customFields: z
    .object({
      textCustomFields: z
        .array(
          z.object({
            name: z.string().max(50),
            value: z.string().max(100),
            show: z.enum(['true', 'false']).optional(),
            required: z.enum(['true', 'false']).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  documents: z
    .array(
      z.object({
        documentId: z.string().regex(/^[1-9]\d*$/),
        name: z.string().min(1),
        fileExtension: z.string().optional(),
        documentBase64: z.base64().min(4),
      }),
    )
    .min(1)
    .refine((documents) => areUnique(documents.map(({ documentId }) => documentId))),
  recipients: z.object({
    signers: z
      .array(
        z.object({
          recipientId: z.string().regex(/^[1-9]\d*$/),
          routingOrder: z.string().regex(/^\d+$/).default('1'),
          name: z.string().min(1),
          email: z.email(),
        }),
      )
      .min(1)
      .refine((signers) => areUnique(signers.map(({ recipientId }) => recipientId))),
  }),
  eventNotification: z
    .object({
      url: z.url({ protocol: /^https?$/ }),
      events: z.array(z.string()).min(1),
      eventData: z.object({ includeData: z.array(z.string()).optional() }).optional(),
    })
    .optional(),
})
type EnvelopeDefinition = z.infer<typeof EnvelopeDefinition>

const areUnique = (ids: readonly string[]) => new Set(ids).size === ids.length

export type EnvelopeStatus = 'created' | 'sent' | 'delivered' | 'completed' | 'declined' | 'voided'
export interface EnvelopeSigner {
  readonly recipientId: string
  readonly routingOrder: string
  readonly name: string
  readonly email: string
  readonly status: 'created' | 'sent' | 'completed' | 'declined'
}
export interface StoredEnvelope extends Omit<EnvelopeDefinition, 'status' | 'recipients'> {
  readonly envelopeId: string
  readonly status: EnvelopeStatus
  readonly signers: readonly EnvelopeSigner[]
  readonly createdDateTime: string
  readonly statusChangedDateTime: string
  readonly voidedReason?: string
  readonly reminders?: number
}

export const isOpen = ({ status }: StoredEnvelope): boolean => status === 'sent' || status === 'delivered'

/** Whose turn it is: the first in the order who has not signed. */
export const nextSigner = ({ signers }: StoredEnvelope): EnvelopeSigner | undefined =>
  signers
    .toSorted((one, other) => Number(one.routingOrder) - Number(other.routingOrder))
    .find(({ status }) => status !== 'completed')

export const keyOf = ({ customFields }: Pick<StoredEnvelope, 'customFields'>): string | undefined =>
  customFields?.textCustomFields?.find(({ name }) => name === 'sijil_key')?.value

export function newEnvelope({ status, recipients, ...definition }: EnvelopeDefinition): StoredEnvelope {
  const at = new Date().toISOString()
  return {
    ...definition,
    envelopeId: randomUUID(),
    status,
    signers: recipients.signers.map((signer) => ({ ...signer, status: 'created' })),
    createdDateTime: at,
    statusChangedDateTime: at,
  }
}

/** The summary that answers of the interface hold. */
export const listingOf = (envelope: StoredEnvelope) => ({
  envelopeId: envelope.envelopeId,
  status: envelope.status,
  emailSubject: envelope.emailSubject,
  transactionId: envelope.transactionId,
  createdDateTime: envelope.createdDateTime,
  statusChangedDateTime: envelope.statusChangedDateTime,
  envelopeUri: `/envelopes/${envelope.envelopeId}`,
  ...(envelope.voidedReason === undefined ? {} : { voidedReason: envelope.voidedReason }),
})

/** What Connect sends (JSON, SIM). `envelopeSummary` holds only what was asked for. */
export const connectBodyOf = (event: string, envelope: StoredEnvelope, accountId: string, userId: string) => {
  const included = envelope.eventNotification?.eventData?.includeData ?? ['custom_fields']
  return {
    event,
    apiVersion: 'v2.1',
    uri: `/restapi/v2.1/accounts/${accountId}/envelopes/${envelope.envelopeId}`,
    retryCount: 0,
    configurationId: 10_418_598,
    generatedDateTime: new Date().toISOString(),
    data: {
      accountId,
      userId,
      envelopeId: envelope.envelopeId,
      envelopeSummary: {
        ...listingOf(envelope),
        ...(included.includes('custom_fields')
          ? { customFields: { ...envelope.customFields, listCustomFields: [] } }
          : {}),
      },
    },
  }
}
