import type { MessageStatus } from './vendors/whatsapp.ts'

/** What the people do who get the mails, messages and envelopes. What is not possible changes nothing. */
export interface People {
  sign(envelopeId: string, recipientId: string): void
  decline(envelopeId: string, recipientId: string): void
  /** A message is read, or turns out to be undeliverable. */
  see(messageId: string, status: MessageStatus): void
  reply(messageId: string, text: string): void
}
