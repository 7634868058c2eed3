import type { Envelope } from '../systems.ts'
import { KEY_FIELD } from './contract.ts'

interface Marks {
  readonly key: string
  readonly transactionId: string
  /** Where this envelope reports to; undefined leaves it to the configuration of the account. */
  readonly webhook: string | undefined
}

/** What DocuSign calls an envelope definition. Numbers and booleans are texts there. */
export const bodyOf = ({ subject, message, document, signers }: Envelope, { key, transactionId, webhook }: Marks) => ({
  status: 'sent',
  emailSubject: subject,
  emailBlurb: message,
  transactionId,
  customFields: { textCustomFields: [{ name: KEY_FIELD, value: key, show: 'false', required: 'false' }] },
  documents: [
    {
      documentId: '1',
      name: document.name,
      fileExtension: document.name.includes('.') ? document.name.slice(document.name.lastIndexOf('.') + 1) : 'pdf',
      documentBase64: document.contentBase64,
    },
  ],
  recipients: {
    signers: signers.map(({ name, email, language }, index) => ({
      recipientId: String(index + 1),
      routingOrder: String(index + 1),
      name,
      email,
      emailNotification: { supportedLanguage: language, emailSubject: subject, emailBody: message },
    })),
  },
  ...(webhook === undefined ? {} : { eventNotification: notificationTo(webhook) }),
})

const notificationTo = (url: string) => ({
  url,
  requireAcknowledgment: 'true',
  loggingEnabled: 'true',
  includeHMAC: 'true',
  deliveryMode: 'SIM',
  events: ['envelope-sent', 'envelope-delivered', 'envelope-completed', 'envelope-declined', 'envelope-voided'],
  eventData: { version: 'restv2.1', format: 'json', includeData: ['custom_fields'] },
})
