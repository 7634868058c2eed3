import { createHmac } from 'node:crypto'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { CalComCalendar, calComOperations, calNoes, type StoredBooking } from './bookings.ts'
import { bookingCard } from './card.ts'

const ACCOUNT = 'host'

export const calCom = defineVendor({
  key: 'cal-com',
  name: { en: 'Cal.com', ar: 'كال دوت كوم' },
  usual: true,
  terms: {
    accepted: 'مؤكد',
    cancelled: 'ملغى',
    'meeting booked': 'حُجز اجتماع',
    'meeting moved': 'نُقل اجتماع',
    'meeting cancelled': 'أُلغي اجتماع',
  },
  open: ({ record, secrets, routes, target, tell }) => {
    const known = secrets(() => ({ apiKey: `cal_live_${secret()}`, webhookSecret: secret() }))
    const calendar = new CalComCalendar(record, (trigger, booking) => tell(target(ACCOUNT), toldOf(trigger, booking)))
    const bookings = () => calendar.bookings.all()
    return {
      bookings,
      routes: routes(calComOperations(calendar, known.apiKey), calNoes),
      settings: (url) => ({
        SIJIL_CAL_COM_URL: `${url}/cal-com`,
        SIJIL_CAL_COM_ACCOUNT: ACCOUNT,
        SIJIL_CAL_COM_API_KEY: known.apiKey,
        SIJIL_CAL_COM_WEBHOOK_SECRET: known.webhookSecret,
      }),
      views: { bookings },
      tab: {
        name: 'calendar',
        cards: (reader) =>
          bookings().map((booking) => ({ at: Date.parse(booking.start), markup: bookingCard(booking, reader) })),
      },
      webhooks: {
        sign: (raw) => ({
          'x-cal-signature-256': createHmac('sha256', known.webhookSecret).update(raw).digest('hex'),
          'x-cal-webhook-version': '2021-10-20',
        }),
      },
    }
  },
})

const toldOf = (triggerEvent: string, { uid, start, metadata, rescheduledFromUid }: StoredBooking) => ({
  triggerEvent,
  createdAt: new Date().toISOString(),
  payload: {
    uid,
    startTime: start,
    metadata,
    ...(rescheduledFromUid === undefined ? {} : { rescheduleUid: rescheduledFromUid }),
  },
})
