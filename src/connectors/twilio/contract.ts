import { z } from 'zod'
import { setting } from '../connector.ts'
import { secondsAsMs, text, vendorUrl } from '../setting-kinds.ts'
import { promotionHours } from '../sms-rules.ts'

const sender = z
  .string()
  .regex(
    /^(\+\d{8,15}|[a-z0-9 -]{3,11}|MG[0-9a-f]{32})$/i,
    'must be a number such as +1…, a registered name, or the id of a messaging service',
  )

export const settings = {
  url: setting({
    env: 'SIJIL_TWILIO_URL',
    secret: false,
    title: { en: 'Address of the interface', ar: 'عنوان الواجهة' },
    schema: vendorUrl.default('https://api.twilio.com'),
  }),
  accountSid: setting({
    env: 'SIJIL_TWILIO_ACCOUNT_SID',
    secret: false,
    title: { en: 'Account SID', ar: 'معرف الحساب' },
    schema: text.regex(/^AC[0-9a-f]{32}$/i, 'must be AC and 32 hexadecimal digits'),
  }),
  authToken: setting({
    env: 'SIJIL_TWILIO_AUTH_TOKEN',
    secret: true,
    title: { en: 'Auth token, which also signs webhooks', ar: 'رمز المصادقة، وبه توقع الإشعارات' },
    schema: text,
  }),
  from: setting({
    env: 'SIJIL_TWILIO_FROM',
    secret: false,
    title: { en: 'Sender of messages', ar: 'مرسل الرسائل' },
    schema: sender,
  }),
  promotionFrom: setting({
    env: 'SIJIL_TWILIO_PROMOTION_FROM',
    secret: false,
    title: { en: 'Sender of promotions; without it none are sent', ar: 'مرسل الرسائل الدعائية، وبدونه لا ترسل' },
    schema: sender.optional(),
  }),
  promotionHours: setting({
    env: 'SIJIL_TWILIO_PROMOTION_HOURS',
    secret: false,
    title: {
      en: 'Hours of promotions to Saudi numbers, by Saudi time',
      ar: 'ساعات إرسال الدعاية إلى الأرقام السعودية بتوقيت المملكة',
    },
    schema: promotionHours,
  }),
  webhookUrl: setting({
    env: 'SIJIL_TWILIO_WEBHOOK_URL',
    secret: false,
    title: {
      en: 'Our public address; without it nothing is told of messages',
      ar: 'عنواننا العام، وبدونه لا يصلنا شيء عن الرسائل',
    },
    schema: vendorUrl.optional(),
  }),
  settlingMs: setting({
    env: 'SIJIL_TWILIO_SETTLING_SECONDS',
    secret: false,
    title: {
      en: 'After this time a list without a message is believed',
      ar: 'بعد هذا الوقت نصدق القائمة الخالية من الرسالة',
    },
    schema: secondsAsMs(120),
  }),
}

export const MessageAnswer = z.object({ sid: z.string().min(1) })
export const ListAnswer = z.object({ messages: z.array(z.object({ body: z.string().nullable() })) })
export const ErrorBody = z.object({ code: z.number() })

/** What a status callback says, besides numbers that stay out of the ledger. */
export const StatusForm = z.object({
  AccountSid: z.string().min(1),
  MessageSid: z.string().min(1),
  MessageStatus: z.string().min(1),
  ErrorCode: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
})
