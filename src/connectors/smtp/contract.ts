import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { setting } from '../connector.ts'
import { rsaPrivateKey, text } from '../setting-kinds.ts'

export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS, which only a server on this machine may do without. */
  readonly secure: boolean
  readonly user: string
  readonly password: string
}

const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const

export const mailServer = text.transform((value, ctx): MailServer => {
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

const domain = z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i, 'must be a domain')
const NOTICES = ['success', 'failure', 'delay'] as const

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
  dkimDomain: setting({
    env: 'SIJIL_SMTP_DKIM_DOMAIN',
    secret: false,
    title: {
      en: 'Domain that signs our mails (DKIM); without it they leave unsigned',
      ar: 'النطاق الذي يوقع رسائلنا، وبدونه ترسل دون توقيع',
    },
    schema: domain.optional(),
  }),
  dkimSelector: setting({
    env: 'SIJIL_SMTP_DKIM_SELECTOR',
    secret: false,
    title: {
      en: 'Selector: the public key is published at selector._domainkey.domain',
      ar: 'المحدد الذي نُشر تحته المفتاح العام في نظام أسماء النطاقات',
    },
    schema: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be a selector, such as s1')
      .optional(),
  }),
  dkimKey: setting({
    env: 'SIJIL_SMTP_DKIM_KEY',
    secret: true,
    title: { en: 'RSA private key that signs our mails', ar: 'المفتاح الخاص لتوقيع الرسائل' },
    schema: rsaPrivateKey.optional(),
  }),
  bouncesTo: setting({
    env: 'SIJIL_SMTP_BOUNCES_TO',
    secret: false,
    title: {
      en: 'Address that undeliverable mails come back to; default: the one they come from',
      ar: 'العنوان الذي ترتد إليه الرسائل، والافتراضي عنوان الإرسال',
    },
    schema: z.email('is not a mail address').optional(),
  }),
  notices: setting({
    env: 'SIJIL_SMTP_NOTICES',
    secret: false,
    title: {
      en: 'What the servers on the way shall tell us of a mail: success, failure, delay',
      ar: 'ما نطلب من الخوادم إبلاغنا به عن الرسالة: الوصول أو الفشل أو التأخير',
    },
    schema: z
      .string()
      .default('failure,delay')
      .transform((list) => list.split(',').map((one) => one.trim().toLowerCase()))
      .pipe(z.array(z.enum(NOTICES, 'must be some of success, failure, delay, separated by commas')).min(1)),
  }),
  bounceSecret: setting({
    env: 'SIJIL_SMTP_BOUNCE_SECRET',
    secret: true,
    title: {
      en: 'Secret that signs what the mail server hands back to us; without it nothing is taken',
      ar: 'السر الذي يوقع ما يعيده خادم البريد إلينا، وبدونه لا يُقبل شيء',
    },
    schema: z.string().min(24, 'must have 24 characters at least').optional(),
  }),
}

type Place = (name: 'from' | 'dkimDomain' | 'dkimSelector' | 'dkimKey') => string

/** What cannot be said of one setting alone. */
export function disagreements({ from, dkimDomain, dkimSelector, dkimKey }: Signing, placeOf: Place): readonly string[] {
  const given = [dkimDomain, dkimSelector, dkimKey].filter((one) => one !== undefined).length
  if (given === 0) return []
  if (given < 3)
    return [
      `${placeOf('dkimDomain')}, ${placeOf('dkimSelector')} and ${placeOf('dkimKey')} belong together: set all or none`,
    ]
  const sender = domainOf(from)
  const signs = dkimDomain?.toLowerCase() ?? ''
  if (sender === signs || sender.endsWith(`.${signs}`)) return []
  return [`${placeOf('dkimDomain')}: must be the domain of ${placeOf('from')}, or one above it`]
}

interface Signing {
  readonly from: string
  readonly dkimDomain: string | undefined
  readonly dkimSelector: string | undefined
  readonly dkimKey: KeyObject | undefined
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()
