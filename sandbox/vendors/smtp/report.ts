import MimeNode from 'nodemailer/lib/mime-node'
import type { StoredMail } from './mail-server.ts'

/** What becomes of a mail after it was taken. */
export type Fate = 'failed' | 'relayed'

const WORDS: Readonly<Record<Fate, { readonly status: string; readonly said: string; readonly text: string }>> = {
  failed: {
    status: '5.1.1',
    said: 'smtp; 550 5.1.1 No such mailbox here',
    text: 'Your message could not be delivered.',
  },
  relayed: { status: '2.0.0', said: 'smtp; 250 2.0.0 Ok', text: 'Your message was handed on.' },
}

/** The report of this server on a mail (RFC 3464), as the bytes of the mail that it is. */
export async function reportOn(mail: StoredMail, fate: Fate, host: string): Promise<Buffer> {
  const { status, said, text } = WORDS[fate]
  const report = new MimeNode('multipart/report; report-type=delivery-status')
  report.setHeader([
    { key: 'From', value: `Mail Delivery System <MAILER-DAEMON@${host}>` },
    { key: 'To', value: mail.returnPath },
    { key: 'Subject', value: 'Delivery Status Notification' },
    { key: 'Auto-Submitted', value: 'auto-replied' },
  ])
  report.createChild('text/plain; charset=utf-8').setContent(text)
  report
    .createChild('message/delivery-status')
    .setContent(
      [
        `Reporting-MTA: dns; ${host}`,
        ...(mail.envelopeId === undefined ? [] : [`Original-Envelope-Id: ${mail.envelopeId}`]),
        `Arrival-Date: ${new Date(mail.at).toUTCString()}`,
        '',
        `Final-Recipient: rfc822; ${mail.to}`,
        `Action: ${fate}`,
        `Status: ${status}`,
        `Diagnostic-Code: ${said}`,
        '',
      ].join('\r\n'),
    )
  report.createChild('text/rfc822-headers').setContent(mail.source.slice(0, mail.source.indexOf('\r\n\r\n') + 2))
  return report.build()
}
