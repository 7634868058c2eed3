import type { Systems } from '../../../src/flow/effect.ts'
import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'
import { MEETING } from './bookings.ts'

export const attendee = {
  name: 'نورة العتيبي',
  email: 'noura@partner.example',
  timeZone: 'Asia/Riyadh',
  language: 'ar',
} as const
export const meeting = String(MEETING)

const HOUR_MS = 3_600_000
const firstHour = Date.UTC(2027, 0, 3, 6)
let hours = 0
/** No two meetings of the tests want the same hour. */
export const freeHour = (): string => new Date(firstHour + hours++ * HOUR_MS).toISOString()

const booked = async ({ calendar }: Systems) =>
  (await calendar.book({ meeting, start: freeHour(), attendee })).bookingId

export const book: Subject = {
  vendor: 'cal-com',
  operation: 'book',
  prepare: async () => freeHour(),
  call: ({ calendar }, start) => calendar.book({ meeting, start, attendee }),
  action: 'meeting booked',
  acted: 'done',
  notActed: 'never',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_CAL_COM_API_KEY: 'wrong' }),
  neverShown: ({ sandbox }) => [attendee.name, attendee.email, sandbox.settings['SIJIL_CAL_COM_API_KEY'] ?? ''],
}

export const reschedule: Subject = {
  ...book,
  operation: 'reschedule',
  prepare: async (systems) => `${await booked(systems)} ${freeHour()}`,
  call: ({ calendar }, prepared) => {
    const [bookingId = '', start = ''] = prepared.split(' ')
    return calendar.reschedule({ bookingId, start, reason: 'Another day suits better' })
  },
  action: 'meeting moved',
  notActed: 'repeat',
}

export const cancel: Subject = {
  ...book,
  operation: 'cancel',
  prepare: booked,
  call: ({ calendar }, bookingId) => calendar.cancel({ bookingId, reason: 'Not needed any more' }),
  action: 'meeting cancelled',
  notActed: 'repeat',
}
