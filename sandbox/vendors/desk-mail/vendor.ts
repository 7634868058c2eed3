import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { startMailServer } from '../smtp/mail-server.ts'

/** Its mails lie in the same inbox as all others. */
export const deskMail = defineVendor({
  key: 'desk-mail',
  name: { en: 'Task desk by mail', ar: 'جهة مهام عبر البريد' },
  usual: false,
  open: async ({ record, faults, host, secrets }) => {
    const { user, password } = secrets(() => ({ user: 'desk', password: secret() }))
    const server = await startMailServer({
      vendor: 'desk-mail',
      record,
      faults,
      user,
      password,
      port: 0,
      host,
      onTaken: () => {},
    })
    return {
      /** Without user and password. */
      url: `smtp://127.0.0.1:${server.port}`,
      routes: [],
      settings: () => ({
        SIJIL_DESK_MAIL_URL: `smtp://${user}:${password}@127.0.0.1:${server.port}`,
        SIJIL_DESK_MAIL_FROM: 'tasks@growth.example',
        SIJIL_DESK_MAIL_ADDRESSES: 'legal-counsel=law@firm.example,hr=hr@growth.example',
      }),
      views: {},
      close: () => server.close(),
    }
  },
})
