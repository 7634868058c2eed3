import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Act } from '../../sandbox/record.ts'
import type { StoredEnvelope } from '../../sandbox/vendors/docusign/envelope.ts'
import { keyOf } from '../../sandbox/vendors/docusign/envelope.ts'
import type { Company } from '../../sandbox/vendors/hubspot/companies.ts'
import { propertiesOf } from '../../sandbox/vendors/hubspot/companies.ts'
import type { StoredMail } from '../../sandbox/vendors/smtp/mail-server.ts'
import type { Message } from '../../sandbox/vendors/whatsapp/messages.ts'

/** A further generation of a key is the same effect: a person had said that the one before did not happen. */
export const withoutGeneration = (key: string): string => key.replace(/~\d+$/, '')

interface Mail {
  readonly key: string
  readonly messageId: string
  /** The path of the page on which it can be answered. */
  readonly answerPath: string | undefined
}

/** What the vendors have done, read from the sandbox's own file; only what is new is read again. */
export class VendorRecord {
  readonly #database: DatabaseSync
  readonly #mails = new Map<string, Mail[]>()
  readonly #messages = new Map<string, string>()
  readonly #envelopes = new Map<string, string>()
  #readTo = 0

  constructor(dataDir: string) {
    this.#database = new DatabaseSync(join(dataDir, 'sandbox.sqlite'), { readOnly: true, timeout: 5_000 })
  }

  close(): void {
    this.#database.close()
  }

  acts(): readonly Act[] {
    // The sandbox's only writer of the table is `addAct`.
    const rows = this.#database.prepare('select * from act order by id').all() as unknown as readonly Act[]
    return rows.map((row) => ({ ...row, key: row.key ?? undefined }))
  }

  mailsOf(run: string): readonly Mail[] {
    this.#read()
    return this.#mails.get(run) ?? []
  }

  /** What the vendor answered, or would have, to whoever made this effect; undefined when it never happened. */
  outputOf(run: string, key: string): Readonly<Record<string, string>> | undefined {
    const wire = `${run}/${key}`
    const mail = this.mailsOf(run).find((one) => one.key === wire)
    if (mail !== undefined) return { messageId: mail.messageId }
    const message = this.#messages.get(wire)
    if (message !== undefined) return { messageId: message }
    const envelopeId = this.#envelopes.get(wire)
    return envelopeId === undefined ? undefined : { envelopeId }
  }

  /** The newest envelope of a run, as it is now. */
  envelopeOf(run: string): StoredEnvelope | undefined {
    this.#read()
    const id = [...this.#envelopes].findLast(([key]) => key.startsWith(`${run}/`))?.[1]
    return id === undefined ? undefined : this.#thing<StoredEnvelope>('envelope', id)
  }

  /** The stage at which the CRM's record of a run stands; undefined when there is none. */
  stageOf(run: string): string | undefined {
    const company = this.#thing<Company>('company', run)
    return company === undefined ? undefined : propertiesOf(company)['sijil_stage']
  }

  /** How many webhooks there are in all; their ids count from 1. */
  get deliveries(): number {
    return this.#count("select count(*) as found from thing where kind = 'delivery'")
  }

  get undelivered(): number {
    return this.#count(
      "select count(*) as found from thing where kind = 'delivery' and json_extract(json, '$.state') <> 'delivered'",
    )
  }

  #count(sql: string): number {
    return Number(this.#database.prepare(sql).get()?.['found'])
  }

  #thing<Thing>(kind: string, id: string): Thing | undefined {
    const row = this.#database.prepare('select json from thing where kind = ? and id = ?').get(kind, id)
    // The sandbox keeps things of one kind in one form.
    return row === undefined ? undefined : (JSON.parse(String(row['json'])) as Thing)
  }

  #read(): void {
    const rows = this.#database
      .prepare(
        "select place, kind, json from thing where place > ? and kind in ('mail', 'message', 'envelope') order by place",
      )
      .all(this.#readTo)
    for (const { place, kind, json } of rows) {
      this.#readTo = Number(place)
      this.#keep(String(kind), JSON.parse(String(json)))
    }
  }

  #keep(kind: string, thing: unknown): void {
    // The sandbox keeps things of one kind in one form.
    if (kind === 'mail') this.#keepMail(thing as StoredMail)
    else if (kind === 'message') {
      const { key = '', id } = thing as Message // as above
      this.#messages.set(withoutGeneration(key), id)
    } else {
      const envelope = thing as StoredEnvelope // as above
      this.#envelopes.set(withoutGeneration(keyOf(envelope) ?? ''), envelope.envelopeId)
    }
  }

  #keepMail({ key = '', messageId, text }: StoredMail): void {
    const run = key.slice(0, key.indexOf('/'))
    const mails = this.#mails.get(run) ?? []
    mails.push({ key: withoutGeneration(key), messageId, answerPath: /\/a\/[\w-]+/.exec(text)?.[0] })
    this.#mails.set(run, mails)
  }
}
