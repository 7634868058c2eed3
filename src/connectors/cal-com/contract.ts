import { z } from 'zod'
import { setting } from '../connector.ts'
import { secondsAsMs, text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_CAL_COM_URL',
    secret: false,
    title: { en: 'Address of the interface', ar: 'عنوان الواجهة' },
    schema: vendorUrl.default('https://api.cal.com'),
  }),
  account: setting({
    env: 'SIJIL_CAL_COM_ACCOUNT',
    secret: false,
    title: { en: 'Name of the account in webhook addresses', ar: 'اسم الحساب في عناوين الإشعارات' },
    schema: text.regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ and - only'),
  }),
  apiKey: setting({
    env: 'SIJIL_CAL_COM_API_KEY',
    secret: true,
    title: { en: 'Key of the interface', ar: 'مفتاح الواجهة' },
    schema: text,
  }),
  webhookSecret: setting({
    env: 'SIJIL_CAL_COM_WEBHOOK_SECRET',
    secret: true,
    title: { en: 'Secret that signs webhooks', ar: 'السر الذي توقع به الإشعارات' },
    schema: text.min(8, 'must have 8 characters or more'),
  }),
  settlingMs: setting({
    env: 'SIJIL_CAL_COM_SETTLING_SECONDS',
    secret: false,
    title: {
      en: 'After this time a list without the booking is believed',
      ar: 'بعد هذا الوقت نصدق القائمة الخالية من الحجز',
    },
    schema: secondsAsMs(60),
  }),
}

/** Each resource has versions of its own; without the header another shape comes back. */
export const VERSIONS = { bookings: '2024-08-13', slots: '2024-09-04' } as const

/** The metadata of a booking that carries our key, and how much fits into it. */
export const KEY_FIELD = 'sijil_key'
export const LONGEST_KEY = 500

const Known = z.object({
  uid: z.string().min(1),
  status: z.enum(['accepted', 'pending', 'cancelled', 'rejected']),
  start: z.iso.datetime({ offset: true }),
  eventTypeId: z.int(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  rescheduledFromUid: z.string().nullish(),
})
export type KnownBooking = z.infer<typeof Known>
const answered = <Data extends z.ZodType>(data: Data) => z.object({ status: z.literal('success'), data })

export const BookingAnswer = answered(Known)
export const BookingsAnswer = answered(z.array(Known))
export const SlotsAnswer = answered(
  z.record(z.string(), z.array(z.object({ start: z.iso.datetime({ offset: true }) }))),
)
export const MeAnswer = answered(z.object({ id: z.unknown() }))
export const ErrorBody = z.object({ error: z.object({ code: z.string() }) })

export const WebhookBody = z.object({
  triggerEvent: z.string(),
  createdAt: z.iso.datetime({ offset: true }),
  payload: z.object({ uid: z.string().min(1), metadata: z.record(z.string(), z.unknown()).nullish() }),
})
