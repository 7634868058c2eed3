import { z } from 'zod'
import { setting } from '../connector.ts'
import { rsaPrivateKey, secondsAsMs, text, vendorUrl } from '../setting-kinds.ts'

const guid = text.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a GUID')

export const settings = {
  oauthUrl: setting({
    env: 'SIJIL_DOCUSIGN_OAUTH_URL',
    secret: false,
    title: { en: 'Address of the sign-in server', ar: 'عنوان خادم تسجيل الدخول' },
    schema: vendorUrl.default('https://account.docusign.com'),
  }),
  accountId: setting({
    env: 'SIJIL_DOCUSIGN_ACCOUNT_ID',
    secret: false,
    title: { en: 'Account id', ar: 'معرف الحساب' },
    schema: guid,
  }),
  userId: setting({
    env: 'SIJIL_DOCUSIGN_USER_ID',
    secret: false,
    title: { en: 'User in whose name envelopes are sent', ar: 'المستخدم الذي ترسل المظاريف باسمه' },
    schema: guid,
  }),
  integrationKey: setting({
    env: 'SIJIL_DOCUSIGN_INTEGRATION_KEY',
    secret: false,
    title: { en: 'Integration key', ar: 'مفتاح التكامل' },
    schema: guid,
  }),
  privateKey: setting({
    env: 'SIJIL_DOCUSIGN_PRIVATE_KEY',
    secret: true,
    title: { en: 'RSA private key of the integration', ar: 'المفتاح الخاص للتكامل' },
    schema: rsaPrivateKey,
  }),
  hmacKeys: setting({
    env: 'SIJIL_DOCUSIGN_HMAC_KEYS',
    secret: true,
    title: {
      en: 'Connect keys, separated by commas while they are rotated',
      ar: 'مفاتيح الإشعارات مفصولة بفواصل أثناء تبديلها',
    },
    schema: text.transform((list) =>
      list
        .split(',')
        .map((key) => key.trim())
        .filter((key) => key !== ''),
    ),
  }),
  webhookUrl: setting({
    env: 'SIJIL_DOCUSIGN_WEBHOOK_URL',
    secret: false,
    title: {
      en: 'Our public address; without it the account must be configured to report to us',
      ar: 'عنواننا العام، وبدونه يجب ضبط الحساب ليرسل إلينا',
    },
    schema: vendorUrl.optional(),
  }),
  settlingMs: setting({
    env: 'SIJIL_DOCUSIGN_SETTLING_SECONDS',
    secret: false,
    title: {
      en: 'After this time a list without an envelope is believed',
      ar: 'بعد هذا الوقت نصدق القائمة الخالية من المظروف',
    },
    schema: secondsAsMs(60),
  }),
}

/** The text custom field that carries our key, and how much fits into it. */
export const KEY_FIELD = 'sijil_key'
export const LONGEST_KEY = 100

export const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
export const UserInfoAnswer = z.object({
  accounts: z.array(z.object({ account_id: z.string(), base_uri: vendorUrl })),
})

export const EnvelopeAnswer = z.object({ envelopeId: z.string().min(1), status: z.string() })
export const UpdateAnswer = z.object({ envelopeId: z.string().min(1) })
/** Found by transaction id, DocuSign may list envelopes, or only the fates of the transactions. */
export const ListAnswer = z.object({
  envelopes: z.array(EnvelopeAnswer).optional(),
  envelopeTransactionStatuses: z.array(z.object({ envelopeId: z.string().optional(), status: z.string() })).optional(),
})
export const ErrorBody = z.union([
  z.object({ errorCode: z.string() }),
  z.object({ error: z.string() }).transform(({ error }) => ({ errorCode: error })),
])

const CustomFields = z.object({
  textCustomFields: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
})
export const WebhookBody = z.object({
  event: z.string(),
  generatedDateTime: z.iso.datetime({ offset: true, local: true }),
  data: z.object({
    accountId: z.string().min(1),
    envelopeId: z.string().min(1),
    envelopeSummary: z.object({ customFields: CustomFields.nullish() }).nullish(),
  }),
})
