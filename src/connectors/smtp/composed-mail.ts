import type { KeyObject } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'
import MailComposer from 'nodemailer/lib/mail-composer'

export interface OutgoingMail {
  readonly from: string
  readonly to: string
  readonly messageId: string
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface Signature {
  readonly domain: string
  readonly selector: string
  readonly key: KeyObject
}

/** nodemailer's own list leaves out the second header of one-click unsubscribing, which counts only when it is signed (RFC 8058). */
const SIGNED_HEADERS = [
  'From',
  'Reply-To',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Content-Language',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
]

/** The bytes of a mail. Never reads a file or an address that the mail names. */
export async function composed(mail: OutgoingMail, signature: Signature | undefined): Promise<Buffer> {
  const { from, to, messageId, subject, text, html, headers } = mail
  const bytes = await new MailComposer({
    from,
    to,
    messageId,
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
  return signature === undefined ? bytes : signed(bytes, signature)
}

/** nodemailer leaves a mail unsigned when its key cannot sign; nothing of ours may leave so by accident. */
async function signed(bytes: Buffer, { domain, selector, key }: Signature): Promise<Buffer> {
  const dkim = new DKIM({
    domainName: domain,
    keySelector: selector,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    headerFieldNames: SIGNED_HEADERS.join(':'),
  })
  const whole = await buffer(dkim.sign(bytes))
  if (!whole.subarray(0, DKIM_HEADER.length).equals(DKIM_HEADER)) throw new Error('the mail could not be signed')
  return whole
}
const DKIM_HEADER = Buffer.from('DKIM-Signature:')
