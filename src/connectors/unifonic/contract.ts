import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'
import { promotionHours } from '../sms-rules.ts'

const senderName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9 -]{2,10}$/i, 'must be a registered name of 3 to 11 letters, digits, spaces and hyphens')
/** Which number stands for which kind of message is in Unifonic's console; its documents tell only some. */
const messageType = z
  .string()
  .regex(/^\d{1,3}$/, 'must be the number of a message type')
  .optional()

export const settings = {
  url: setting({
    env: 'SIJIL_UNIFONIC_URL',
    secret: false,
    title: { en: 'Address of the interface', ar: 'عنوان الواجهة' },
    schema: vendorUrl.default('https://el.cloud.unifonic.com'),
  }),
  appSid: setting({
    env: 'SIJIL_UNIFONIC_APP_SID',
    secret: true,
    title: { en: 'AppSid of the application', ar: 'معرف التطبيق السري' },
    schema: text,
  }),
  from: setting({
    env: 'SIJIL_UNIFONIC_FROM',
    secret: false,
    title: { en: 'Sender of messages', ar: 'مرسل الرسائل' },
    schema: text.pipe(senderName),
  }),
  promotionFrom: setting({
    env: 'SIJIL_UNIFONIC_PROMOTION_FROM',
    secret: false,
    title: { en: 'Sender of promotions; without it none are sent', ar: 'مرسل الرسائل الدعائية، وبدونه لا ترسل' },
    schema: senderName.optional(),
  }),
  promotionHours: setting({
    env: 'SIJIL_UNIFONIC_PROMOTION_HOURS',
    secret: false,
    title: {
      en: 'Hours of promotions to Saudi numbers, by Saudi time',
      ar: 'ساعات إرسال الدعاية إلى الأرقام السعودية بتوقيت المملكة',
    },
    schema: promotionHours,
  }),
  messageType: setting({
    env: 'SIJIL_UNIFONIC_MESSAGE_TYPE',
    secret: false,
    title: { en: 'Message type of what is no promotion', ar: 'نوع الرسالة لغير الدعائية' },
    schema: messageType,
  }),
  promotionType: setting({
    env: 'SIJIL_UNIFONIC_PROMOTION_TYPE',
    secret: false,
    title: { en: 'Message type of promotions', ar: 'نوع الرسالة الدعائية' },
    schema: messageType,
  }),
  webhookUrl: setting({
    env: 'SIJIL_UNIFONIC_WEBHOOK_URL',
    secret: false,
    title: {
      en: 'Our public address; without it nothing is told of messages',
      ar: 'عنواننا العام، وبدونه لا يصلنا شيء عن الرسائل',
    },
    schema: vendorUrl.optional(),
  }),
  callbackSecret: setting({
    env: 'SIJIL_UNIFONIC_CALLBACK_SECRET',
    secret: true,
    title: {
      en: 'Secret of ours that signs the addresses to which statuses are reported',
      ar: 'سر لنا يوقع العناوين التي تُبلَّغ إليها الحالات',
    },
    schema: text.min(24, 'must have 24 characters at least'),
  }),
}

const Said = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
const Id = z.union([z.string().min(1), z.int()]).transform(String)

export const SendAnswer = z.object({ success: Said, data: z.object({ MessageID: Id }) })
/** It answers a refusal with HTTP 200 as well. */
export const ErrorBody = z.object({ success: Said, errorCode: z.string().optional() })

/** What a status says, besides the number, which stays out of the ledger. */
export const StatusForm = z.object({ MessageID: Id, DLR: z.string().min(1) })
