import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_WHATSAPP_URL',
    secret: false,
    title: { en: 'Address of the Graph API', ar: 'عنوان واجهة غراف' },
    schema: vendorUrl.default('https://graph.facebook.com'),
  }),
  version: setting({
    env: 'SIJIL_WHATSAPP_VERSION',
    secret: false,
    title: { en: 'Version of the Graph API', ar: 'إصدار واجهة غراف' },
    schema: z
      .string()
      .regex(/^v\d+\.\d+$/, 'must look like v23.0')
      .default('v23.0'),
  }),
  phoneNumberId: setting({
    env: 'SIJIL_WHATSAPP_PHONE_NUMBER_ID',
    secret: false,
    title: { en: 'Id of our phone number', ar: 'معرف رقم هاتفنا' },
    schema: text.regex(/^\d+$/, 'must be the digits that Meta shows, not the phone number'),
  }),
  token: setting({
    env: 'SIJIL_WHATSAPP_TOKEN',
    secret: true,
    title: { en: 'Access token', ar: 'رمز الوصول' },
    schema: text,
  }),
  appSecret: setting({
    env: 'SIJIL_WHATSAPP_APP_SECRET',
    secret: true,
    title: { en: 'App secret, for signatures of webhooks', ar: 'سر التطبيق لتواقيع الإشعارات' },
    schema: text,
  }),
  verifyToken: setting({
    env: 'SIJIL_WHATSAPP_VERIFY_TOKEN',
    secret: true,
    title: { en: 'Our word for the webhook handshake', ar: 'كلمتنا لمصافحة الإشعارات' },
    schema: text,
  }),
}

/** `biz_opaque_callback_data` holds this many characters. */
export const LONGEST_KEY = 512

export const SendAnswer = z.object({ messages: z.tuple([z.object({ id: z.string().min(1) })], z.unknown()) })

export const ErrorBody = z.object({ error: z.object({ code: z.number() }) })

/** Seconds since 1970; more digits are no time. */
const timestamp = z.string().regex(/^\d{1,11}$/)
const Status = z.object({
  id: z.string().min(1),
  status: z.string(),
  timestamp,
  biz_opaque_callback_data: z.string().optional(),
  errors: z.array(z.object({ code: z.number() })).optional(),
})
const Reply = z.object({
  id: z.string().min(1),
  /** Absent for people who show a user name instead of their number. */
  from: z.string().optional(),
  timestamp,
  type: z.string(),
  context: z.object({ id: z.string().optional() }).optional(),
  text: z.object({ body: z.string() }).optional(),
  button: z.object({ payload: z.string().optional(), text: z.string() }).optional(),
})
const Preference = z.object({
  wa_id: z.string().min(1),
  value: z.string(),
  category: z.string(),
  timestamp: z.union([timestamp, z.number().int().min(0).max(99_999_999_999)]),
})
const Change = z.object({
  field: z.string(),
  value: z.object({
    metadata: z.object({ phone_number_id: z.string() }).optional(),
    statuses: z.array(Status).optional(),
    messages: z.array(Reply).optional(),
    user_preferences: z.array(Preference).optional(),
  }),
})
export const WebhookBody = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(z.object({ changes: z.array(Change) })),
})
export type Status = z.infer<typeof Status>
export type Reply = z.infer<typeof Reply>
