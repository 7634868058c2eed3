import { z } from 'zod'
import { setting } from '../connector.ts'
import { text } from '../setting-kinds.ts'
import { mailServer } from '../smtp/contract.ts'

const DESK = /^[a-z0-9-]{1,63}$/

/** `legal-counsel=law@firm.example,hr=hr@growth.example`. */
const addresses = text.transform((list, ctx): ReadonlyMap<string, string> => {
  const entries = list.split(',').map((entry) => entry.trim().split('='))
  for (const [desk = '', address, ...rest] of entries)
    if (!DESK.test(desk) || !z.email().safeParse(address).success || rest.length > 0) {
      ctx.addIssue('must look like legal-counsel=law@firm.example,hr=hr@growth.example')
      return z.NEVER
    }
  return new Map(entries.map(([desk = '', address = '']) => [desk, address]))
})

export const settings = {
  server: setting({
    env: 'SIJIL_DESK_MAIL_URL',
    secret: true,
    title: { en: 'Mail server with user and password', ar: 'خادم البريد مع المستخدم وكلمة المرور' },
    schema: mailServer,
  }),
  from: setting({
    env: 'SIJIL_DESK_MAIL_FROM',
    secret: false,
    title: { en: 'Address that tasks come from', ar: 'العنوان الذي ترسل منه المهام' },
    schema: z.email('is not a mail address'),
  }),
  addresses: setting({
    env: 'SIJIL_DESK_MAIL_ADDRESSES',
    secret: false,
    title: { en: 'Desks and their mail addresses', ar: 'الجهات وعناوين بريدها' },
    schema: addresses,
  }),
}
