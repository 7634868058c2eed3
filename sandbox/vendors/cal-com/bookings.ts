import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { Collection, SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'

export interface StoredBooking {
  readonly uid: string
  readonly status: 'accepted' | 'cancelled'
  readonly eventTypeId: number
  readonly start: string
  readonly attendee: {
    readonly name: string
    readonly email: string
    readonly timeZone: string
    readonly language: string
  }
  readonly metadata: Readonly<Record<string, string>>
  readonly rescheduledFromUid?: string
  readonly reason?: string
}

const problem = (status: number, code: string, message: string): Reply => ({
  status,
  body: { status: 'error', timestamp: new Date().toISOString(), path: '/v2', error: { code, message } },
})
export const calNoes: Noes = {
  refusal: problem(400, 'BadRequestException', 'The request is not valid.'),
  failure: problem(500, 'INTERNAL_SERVER_ERROR', 'Something went wrong.'),
  limit: problem(429, 'ThrottlerException', 'Too many requests.'),
}
const TAKEN = problem(400, 'BadRequestException', 'User already has booking at this time or is not available')
const NOT_FOUND = problem(404, 'NotFoundException', 'No such booking')

/** The one kind of meeting that the sandbox offers: half an hour, at any full hour. */
export const MEETING = 41
const HALF_HOUR_MS = 1_800_000
const HOUR_MS = 2 * HALF_HOUR_MS

const Instant = z.iso.datetime()
const Booking = z.strictObject({
  eventTypeId: z.literal(MEETING),
  start: Instant,
  attendee: z.strictObject({ name: z.string().min(1), email: z.email(), timeZone: z.string(), language: z.string() }),
  metadata: z.record(z.string().max(40), z.string().max(500)),
})
const Rescheduling = z.strictObject({ start: Instant, reschedulingReason: z.string().optional() })
const Cancelling = z.strictObject({ cancellationReason: z.string().optional() })

/** Tells the host what befell a meeting. */
export type ReportBooking = (trigger: string, booking: StoredBooking) => void

/** The calendar of one host. */
export class CalComCalendar {
  readonly #record: SandboxRecord
  readonly #report: ReportBooking
  readonly bookings: Collection<StoredBooking>
  constructor(record: SandboxRecord, report: ReportBooking) {
    this.#record = record
    this.#report = report
    this.bookings = record.collection('booking')
  }

  isTaken(start: string): boolean {
    return this.bookings.all().some((one) => one.status === 'accepted' && Date.parse(one.start) === Date.parse(start))
  }

  add(booking: StoredBooking, trigger: string, action: string, key: string | undefined): StoredBooking {
    this.bookings.put(booking.uid, booking)
    this.#record.addAct({ vendor: 'cal-com', action, key, reference: booking.uid })
    this.#report(trigger, booking)
    return booking
  }

  cancel(booking: StoredBooking, reason: string | undefined, key: string | undefined): StoredBooking {
    const cancelled = { ...booking, status: 'cancelled' as const, ...(reason === undefined ? {} : { reason }) }
    return this.add(cancelled, 'BOOKING_CANCELLED', 'meeting cancelled', key)
  }

  move(booking: StoredBooking, start: string, key: string | undefined): StoredBooking {
    this.bookings.put(booking.uid, { ...booking, status: 'cancelled' })
    const moved = { ...booking, uid: randomUUID(), start, rescheduledFromUid: booking.uid }
    return this.add(moved, 'BOOKING_RESCHEDULED', 'meeting moved', key)
  }
}

export function calComOperations(calendar: CalComCalendar, apiKey: string): readonly Operation[] {
  const guarded = (version: string) => (incoming: Incoming) => {
    if (incoming.headers.authorization !== `Bearer ${apiKey}`)
      return problem(401, 'UnauthorizedException', 'Invalid API Key')
    // A wrong version of the resource would be answered in an older shape, or not at all.
    return incoming.headers['cal-api-version'] === version
      ? undefined
      : problem(404, 'NotFoundException', 'Cannot find')
  }
  const guard = guarded('2024-08-13')
  const base = '/cal-com/v2'
  const of = (use: (booking: StoredBooking, incoming: Incoming) => Reply) => (incoming: Incoming) => {
    const booking = calendar.bookings.get(incoming.params['uid'] ?? '')
    return booking === undefined ? NOT_FOUND : use(booking, incoming)
  }
  return [
    { name: 'readMe', method: 'GET', path: `${base}/me`, guard, answer: () => good({ id: 7, username: 'host' }) },
    {
      name: 'findSlots',
      method: 'GET',
      path: `${base}/slots`,
      guard: guarded('2024-09-04'),
      answer: ({ query }) => slots(query, calendar),
    },
    { name: 'book', method: 'POST', path: `${base}/bookings`, guard, answer: ({ raw }) => book(raw, calendar) },
    {
      name: 'listBookings',
      method: 'GET',
      path: `${base}/bookings`,
      guard,
      answer: ({ query }) => list(query, calendar),
    },
    {
      name: 'readBooking',
      method: 'GET',
      path: `${base}/bookings/:uid`,
      guard,
      answer: of((booking) => good(shown(booking))),
    },
    {
      name: 'reschedule',
      method: 'POST',
      path: `${base}/bookings/:uid/reschedule`,
      guard,
      answer: of((booking, incoming) => reschedule(booking, incoming, calendar)),
    },
    {
      name: 'cancel',
      method: 'POST',
      path: `${base}/bookings/:uid/cancel`,
      guard,
      answer: of((booking, incoming) => cancel(booking, incoming, calendar)),
    },
  ]
}

const good = (data: unknown, status = 200): Reply => ({ status, body: { status: 'success', data } })

const shown = ({ attendee, ...booking }: StoredBooking) => ({
  ...booking,
  end: new Date(Date.parse(booking.start) + HALF_HOUR_MS).toISOString(),
  duration: 30,
  attendees: [attendee],
})

function slots(query: URLSearchParams, calendar: CalComCalendar): Reply {
  const [from, to] = [Date.parse(query.get('start') ?? ''), Date.parse(query.get('end') ?? '')]
  if (query.get('eventTypeId') !== String(MEETING) || !(from < to)) return calNoes.refusal
  const days: Record<string, { start: string }[]> = {}
  for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at < to; at += HOUR_MS) {
    const start = new Date(at).toISOString()
    if (!calendar.isTaken(start)) (days[start.slice(0, 10)] ??= []).push({ start })
  }
  return good(days)
}

function book(raw: Buffer, calendar: CalComCalendar): Reply {
  const body = Booking.safeParse(jsonOf(raw))
  if (!body.success) return problem(400, 'BadRequestException', body.error.message)
  if (calendar.isTaken(body.data.start)) return TAKEN
  const booking: StoredBooking = { ...body.data, uid: randomUUID(), status: 'accepted' }
  calendar.add(booking, 'BOOKING_CREATED', 'meeting booked', booking.metadata['sijil_key'])
  return good(shown(booking), 201)
}

function list(query: URLSearchParams, calendar: CalComCalendar): Reply {
  const after = Date.parse(query.get('afterStart') ?? '1970-01-01')
  const before = Date.parse(query.get('beforeEnd') ?? '9999-01-01')
  const listed = calendar.bookings.all().filter(({ start }) => Date.parse(start) > after && Date.parse(start) < before)
  return good(listed.map(shown))
}

function reschedule(booking: StoredBooking, { raw, headers }: Incoming, calendar: CalComCalendar): Reply {
  const body = Rescheduling.safeParse(jsonOf(raw))
  if (!body.success) return problem(400, 'BadRequestException', body.error.message)
  if (booking.status === 'cancelled') return problem(400, 'BadRequestException', 'The booking is not active any more')
  if (calendar.isTaken(body.data.start)) return TAKEN
  return good(shown(calendar.move(booking, body.data.start, keyIn(headers))), 201)
}

function cancel(booking: StoredBooking, { raw, headers }: Incoming, calendar: CalComCalendar): Reply {
  const body = Cancelling.safeParse(jsonOf(raw))
  if (!body.success) return problem(400, 'BadRequestException', body.error.message)
  if (booking.status === 'cancelled') return problem(400, 'BadRequestException', 'The booking is cancelled already')
  return good(shown(calendar.cancel(booking, body.data.cancellationReason, keyIn(headers))))
}

const keyIn = ({ 'x-sijil-key': key }: Incoming['headers']) => (typeof key === 'string' ? key : undefined)
