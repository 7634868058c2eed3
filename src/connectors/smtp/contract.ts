import { z } from 'zod'
import { setting } from '../connector.ts'
import { text } from '../setting-kinds.ts'

export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS, which only a server on this machine may do without. */
  readonly secure: boolean
  readonly user: string
  readonly password: string
}

const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const

const mailServer = text.transform((value, ctx): MailServer => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.username === '') {
    ctx.addIssue('must look like smtp://user:password@host:587 or smtps://user:password@host:465')
    return z.NEVER
  }
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port === '' ? PORTS[url.protocol] : Number(url.port),
    secure: url.protocol === 'smtps:',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
})

export const settings = {
  server: setting({
    env: 'SIJIL_SMTP_URL',
    secret: true,
    title: { en: 'Mail server with user and password', ar: 'خادم البريد مع المستخدم وكلمة المرور' },
    schema: mailServer,
  }),
  from: setting({
    env: 'SIJIL_SMTP_FROM',
    secret: false,
    title: { en: 'Address that mails come from', ar: 'العنوان الذي ترسل منه الرسائل' },
    schema: z.email('is not a mail address'),
  }),
}
