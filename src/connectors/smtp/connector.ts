import { EffectUnknown } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { refuseStopped } from '../stopped-contact.ts'
import type { Mail } from '../systems.ts'
import { digestOf } from '../wire-key.ts'
import { sendMail } from './client.ts'
import { composed, type Signature } from './composed-mail.ts'
import { disagreements, domainOf, type MailServer, settings } from './contract.ts'
import { ENVELOPE_HEADER, envelopeIdOf } from './envelope-id.ts'
import { handedOver, mailServerHealth } from './handed-over.ts'
import { webhook } from './webhook.ts'

const SERVER_SETTING = settings.server.env

interface Client {
  readonly server: MailServer
  readonly from: string
  readonly bouncesTo: string
  readonly notices: readonly string[]
  readonly signature: Signature | undefined
  readonly bounceSecret: string | undefined
}

/**
 * Any mail server that takes submissions (RFC 6409). The protocol knows no key: the Message-ID is the same on every
 * attempt, but a server need not look at it, and none can be asked what became of a mail. What servers report on a mail is the
 * only proof that it was taken.
 */
export const smtp = defineConnector({
  key: 'smtp',
  system: 'email',
  displayName: { en: 'Mail server', ar: 'خادم البريد' },
  version: '1',
  documentation: 'https://www.rfc-editor.org/rfc/rfc6409',
  external: true,
  classification: 'confidential',
  personalData: [
    { en: 'Mail address of the recipient', ar: 'عنوان بريد المستلم' },
    { en: 'Whatever the mail says', ar: 'كل ما تقوله الرسالة' },
  ],
  processedIn: {
    en: 'Where the configured mail server stands, and the recipients’ own',
    ar: 'حيث يوجد خادم البريد المضبوط وخوادم المستلمين',
  },
  settings,
  disagreements,
  client: ({ bouncesTo, dkimDomain, dkimSelector, dkimKey, ...given }: SettingsOf<typeof settings>): Client => ({
    ...given,
    bouncesTo: bouncesTo ?? given.from,
    signature:
      dkimDomain === undefined || dkimSelector === undefined || dkimKey === undefined
        ? undefined
        : { domain: dkimDomain, selector: dkimSelector, key: dkimKey },
  }),
  operations: {
    send: {
      kind: 'changing',
      title: { en: 'Send a mail', ar: 'إرسال رسالة بريد' },
      documentation: 'https://www.rfc-editor.org/rfc/rfc5321#section-3.3',
      approval: 'B',
      idempotency: 'none',
      undoneBy: {
        never: { en: 'A mail that was handed over cannot be called back', ar: 'لا يمكن استرجاع رسالة بعد تسليمها' },
      },
      timeoutMs: 30_000,
      rateLimit: { calls: 100, perMs: 60_000 },
      retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
      auditEvent: 'email.sent',
      make: send,
      probe: reportedOn,
    },
  },
  health: ({ server }, signal) => mailServerHealth(server, SERVER_SETTING, signal),
  webhook,
})

async function send(mail: Mail, call: Call<Client>): Promise<{ readonly messageId: string }> {
  const { server, from, bouncesTo, notices, signature, bounceSecret } = call.client
  const { to, subject, text, html } = mail
  const messageId = messageIdOf(call)
  const envid = bounceSecret === undefined ? undefined : envelopeIdOf(call.key, bounceSecret)
  const headers = {
    'X-Sijil-Key': call.key,
    ...(envid === undefined ? {} : { [ENVELOPE_HEADER]: envid }),
    ...(await headersFor(mail, call)),
  }
  const asked = { notify: notices, ...(envid === undefined ? {} : { envid }) }
  await handedOver(SERVER_SETTING, async () => {
    const bytes = await composed({ from, to, messageId, subject, text, html, headers }, signature)
    await sendMail(server, { from: bouncesTo, to, bytes, notices: asked }, call.signal, call.begin)
  })
  return { messageId }
}

const messageIdOf = ({ key, client: { from } }: Call<Client>): string =>
  `<${digestOf(key).slice(0, 40)}@${domainOf(from)}>`

/** One click needs an address that is encrypted (RFC 8058); without that, whoever wants no more of it opens the page. */
async function headersFor(
  { to, purpose, language }: Mail,
  call: Call<Client>,
): Promise<Readonly<Record<string, string>>> {
  const spoken = { 'Content-Language': language }
  if (purpose !== 'promotion') return spoken
  const address = { channel: 'email', account: domainOf(call.client.from), address: to } as const
  await refuseStopped(call, address)
  const url = call.stopUrl(address, language)
  return {
    ...spoken,
    'List-Unsubscribe': `<${url}>`,
    ...(url.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  }
}

/** A report, of whatever kind, tells that the mail was taken. */
async function reportedOn(_mail: Mail, call: Call<Client>): Promise<{ readonly messageId: string }> {
  const account = domainOf(call.client.from)
  const sightings = await call.sightings()
  if (sightings.some((one) => one.connector === 'smtp' && one.account === account))
    return { messageId: messageIdOf(call) }
  throw new EffectUnknown(
    'NO_PROBE',
    'A mail server cannot be asked whether it took a mail, and none has reported on it. A person must decide.',
  )
}
