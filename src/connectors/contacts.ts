import type { Instant } from '../flow/time.ts'
import { type ContactFacts, type ContactWordKind, noteContactWord, readContactFacts } from '../ledger/contact-words.ts'
import type { Database } from '../ledger/database/database.ts'
import type { Language } from './roles/language.ts'

/** By what somebody is written to. A wish about one says nothing of another. */
export type Channel = 'email' | 'whatsapp' | 'sms'

export interface ContactAddress {
  readonly channel: Channel
  /** Of ours, with the vendor: a conversation is open with one number of ours, and not with the next. */
  readonly account: string
  /** A mail address, or a phone number in whatever form. Kept as a keyed digest only. */
  readonly address: string
}

/** What somebody outside has told us, by webhook or link, about being written to. */
export interface ContactWord extends ContactAddress {
  readonly word: ContactWordKind
  readonly at: Instant
}

/** What is known about being written to of those whom messages go to. */
export interface Contacts {
  /** When this settles the words are durable; the same word again changes nothing. */
  note(tenant: string, words: readonly ContactWord[], source: string): Promise<void>
  of(tenant: string, address: ContactAddress): Promise<ContactFacts>
  /** Where they can say that they want no more: an address that names them to nobody but us. */
  stopUrl(tenant: string, address: Pick<ContactAddress, 'channel' | 'address'>, language: Language): string
}

export interface ContactParts {
  readonly database: Database
  /** A keyed digest of an address: the same for the same address of the same tenant. */
  readonly contactOf: (tenant: string, address: string) => string
  readonly stopUrl: (of: {
    readonly tenant: string
    readonly channel: Channel
    readonly contact: string
    readonly language: Language
  }) => string
}

export function openContacts({ database, contactOf, stopUrl }: ContactParts): Contacts {
  const contact = (tenant: string, { channel, address }: Pick<ContactAddress, 'channel' | 'address'>) =>
    contactOf(tenant, sameAddress(channel, address))
  return {
    note: async (tenant, words, source) => {
      if (words.length === 0) return
      await database.transaction({ role: 'member', tenant }, async (session) => {
        for (const { channel, account, address, word, at } of words) {
          const row = { channel, account, contact: contact(tenant, { channel, address }), word, at }
          await noteContactWord(session, tenant, row, source)
        }
      })
    },
    of: (tenant, { channel, account, address }) =>
      readContactFacts(database, tenant, { channel, account, contact: contact(tenant, { channel, address }) }),
    stopUrl: (tenant, { channel, address }, language) =>
      stopUrl({ tenant, channel, contact: contact(tenant, { channel, address }), language }),
  }
}

/** Vendors write phone numbers with and without `+`; of a mail address the case does not count. */
export const sameAddress = (channel: Channel, address: string): string =>
  channel === 'email' ? address.trim().toLowerCase() : `+${address.replaceAll(/\D/g, '').replace(/^00/, '')}`
