import type { Database, Session, Statement } from './database/database.ts'

/** `wrote`: to us. `stop`: wants no more of what is not about a business under way. `resume`: takes that back. */
export type ContactWordKind = 'wrote' | 'stop' | 'resume'

export interface ContactWordRow {
  readonly channel: string
  /** Of ours, with the vendor; empty where the word is meant for all of them. */
  readonly account: string
  /** A keyed digest of the address. */
  readonly contact: string
  readonly word: ContactWordKind
  readonly at: number
}

export interface ContactFacts {
  /** When they wrote to this account last; undefined when they never did. */
  readonly wroteAt: number | undefined
  readonly stopped: boolean
}

const note: Statement = {
  name: 'contact_words.note',
  text: 'select sijil.note_contact_word($1, $2, $3, $4, $5, $6, $7)',
}
const facts: Statement = {
  name: 'contact_words.facts',
  text: `select sijil.contact_stopped($1, $2, $3) as stopped, (select at_ms from sijil.contact_words
    where tenant = $1 and channel = $2 and contact = $3 and account = $4 and word = 'wrote') as "wroteAt"`,
}

/** Keeps the latest word of each kind. Said twice, or in another order, it comes to the same. */
export async function noteContactWord(
  session: Session,
  tenant: string,
  { channel, account, contact, word, at }: ContactWordRow,
  source: string,
): Promise<void> {
  await session.query(note, [tenant, channel, account, contact, word, at, source])
}

export async function readContactFacts(
  database: Database,
  tenant: string,
  { channel, contact, account }: Pick<ContactWordRow, 'channel' | 'contact' | 'account'>,
): Promise<ContactFacts> {
  const [row] = await database.engine.query<{ readonly stopped: boolean; readonly wroteAt: number | null }>(facts, [
    tenant,
    channel,
    contact,
    account,
  ])
  return { stopped: row?.stopped ?? false, wroteAt: row?.wroteAt ?? undefined }
}
