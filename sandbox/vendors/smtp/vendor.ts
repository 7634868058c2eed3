import { createHmac } from 'node:crypto'
import { action } from '../../button.ts'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { mailCard } from './card.ts'
import { type StoredMail, startMailServer } from './mail-server.ts'
import { type Fate, reportOn } from './report.ts'

const DOMAIN = 'growth.example'

export const smtp = defineVendor({
  key: 'smtp',
  name: { en: 'Mail server', ar: 'خادم البريد' },
  usual: true,
  open: async ({ record, faults, host, options, secrets, target, tell }) => {
    const { user, password, from, bounceSecret } = secrets(() => ({
      user: 'sijil',
      password: secret(),
      from: `sijil@${DOMAIN}`,
      bounceSecret: secret(),
    }))
    const mails = () => record.collection<StoredMail>('mail').all()
    /** Hands the report on a mail to whoever the address of bounces leads to, as a mail server's pipe would. */
    const report = async (mail: StoredMail, fate: Fate) => {
      const message = await reportOn(mail, fate, `mx.${DOMAIN}`)
      tell(target(DOMAIN), { message: message.toString('latin1') })
    }
    const bounce = async (id: string) => {
      const mail = record.collection<StoredMail>('mail').get(id)
      if (mail !== undefined) await report(mail, 'failed')
    }
    const server = await startMailServer({
      vendor: 'smtp',
      record,
      faults,
      user,
      password,
      port: options.smtpPort,
      host,
      onTaken: (mail, notify) => {
        if (notify.includes('SUCCESS')) void report(mail, 'relayed')
      },
    })
    return {
      mails,
      bounce,
      /** Without user and password. */
      url: `smtp://127.0.0.1:${server.port}`,
      routes: [action('/inspect/mails/:mail/bounce', ({ params }) => bounce(params['mail'] ?? ''))],
      settings: () => ({
        SIJIL_SMTP_URL: `smtp://${user}:${password}@127.0.0.1:${server.port}`,
        SIJIL_SMTP_FROM: from,
        SIJIL_SMTP_BOUNCE_SECRET: bounceSecret,
      }),
      views: { mails },
      tab: {
        name: 'mail',
        cards: (reader) =>
          mails().map((mail, index, { length }) => ({
            at: mail.at,
            markup: mailCard(mail, reader, index === length - 1),
          })),
      },
      webhooks: {
        encoded: ({ message }) => ({ raw: Buffer.from(String(message), 'latin1'), contentType: 'message/rfc822' }),
        sign: (raw) => ({
          'x-sijil-signature': `sha256=${createHmac('sha256', bounceSecret).update(raw).digest('hex')}`,
        }),
      },
      close: () => server.close(),
    }
  },
})
