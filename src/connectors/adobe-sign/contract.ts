import { z } from 'zod'
import { setting } from '../connector.ts'
import { secondsAsMs, text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_ADOBE_SIGN_URL',
    secret: false,
    title: {
      en: 'Where tokens are refreshed: the access point that came with the authorisation',
      ar: 'عنوان تجديد الرموز: نقطة الوصول التي جاءت مع التفويض',
    },
    schema: vendorUrl,
  }),
  clientId: setting({
    env: 'SIJIL_ADOBE_SIGN_CLIENT_ID',
    secret: false,
    title: { en: 'Application id', ar: 'معرف التطبيق' },
    schema: text,
  }),
  clientSecret: setting({
    env: 'SIJIL_ADOBE_SIGN_CLIENT_SECRET',
    secret: true,
    title: { en: 'Application secret', ar: 'سر التطبيق' },
    schema: text,
  }),
  refreshToken: setting({
    env: 'SIJIL_ADOBE_SIGN_REFRESH_TOKEN',
    secret: true,
    title: {
      en: 'Refresh token of the sender; it dies after 60 days without use',
      ar: 'رمز التجديد للمرسل، ويبطل بعد 60 يومًا بلا استعمال',
    },
    schema: text,
  }),
  settlingMs: setting({
    env: 'SIJIL_ADOBE_SIGN_SETTLING_SECONDS',
    secret: false,
    title: {
      en: 'After this time a list without the agreement is believed',
      ar: 'بعد هذا الوقت نصدق القائمة الخالية من الاتفاقية',
    },
    schema: secondsAsMs(60),
  }),
}

/** What fits into an external id is not published; this much has been seen in use. */
export const LONGEST_KEY = 100

export const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
export const BaseUris = z.object({ apiAccessPoint: vendorUrl })
export const TransientDocument = z.object({ transientDocumentId: z.string().min(1) })
export const Created = z.object({ id: z.string().min(1) })
export const Agreement = z.object({
  id: z.string().min(1),
  status: z.string(),
  externalId: z.object({ id: z.string() }).nullish(),
})
export const AgreementList = z.object({ userAgreementList: z.array(z.object({ id: z.string().min(1) })) })
export const Members = z.object({
  participantSets: z.array(z.object({ status: z.string(), memberInfos: z.array(z.object({ id: z.string() })) })),
})
export const History = z.object({
  events: z.array(z.object({ type: z.string(), date: z.iso.datetime({ offset: true }) })),
})
/** A change of state is answered by its status alone. */
export const Nothing = z.unknown()
export const ErrorBody = z.union([
  z.object({ code: z.string() }),
  z.object({ error: z.string() }).transform(({ error }) => ({ code: error })),
])

export const WebhookBody = z.object({
  event: z.string(),
  agreement: z.object({ id: z.string().min(1) }),
})
