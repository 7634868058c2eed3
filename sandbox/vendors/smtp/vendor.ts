import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { mailCard } from './card.ts'
import { type StoredMail, startMailServer } from './mail-server.ts'

export const smtp = defineVendor({
  key: 'smtp',
  name: { en: 'Mail server', ar: 'خادم البريد' },
  usual: true,
  open: async ({ record, faults, host, options, secrets }) => {
    const { user, password, from } = secrets(() => ({
      user: 'sijil',
      password: secret(),
      from: 'sijil@growth.example',
    }))
    const mails = () => record.collection<StoredMail>('mail').all()
    const server = await startMailServer(record, faults, { user, password }, options.smtpPort, host)
    return {
      mails,
      /** Without user and password. */
      url: `smtp://127.0.0.1:${server.port}`,
      routes: [],
      settings: () => ({
        SIJIL_SMTP_URL: `smtp://${user}:${password}@127.0.0.1:${server.port}`,
        SIJIL_SMTP_FROM: from,
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
      close: () => server.close(),
    }
  },
})
