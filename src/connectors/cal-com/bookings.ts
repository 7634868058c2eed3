import { EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../../flow/failure.ts'
import type { Call } from '../connector.ts'
import { type Exchange, exchange, type HttpRequest } from '../http-exchange.ts'
import { answerOfChange, answerOfReading, type Dialect } from '../sorted-answer.ts'
import type { Booking, BookingRef, BookingStatus, Slots } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import {
  BookingAnswer,
  BookingsAnswer,
  ErrorBody,
  KEY_FIELD,
  type KnownBooking,
  LONGEST_KEY,
  MeAnswer,
  SlotsAnswer,
  VERSIONS,
} from './contract.ts'

export interface Client {
  readonly url: string
  readonly apiKey: string
  readonly settlingMs: number
}
type Asking = Pick<Call<Client>, 'client' | 'signal'>

const dialect: Dialect = { vendor: 'Cal.com', code: (body) => ErrorBody.safeParse(body).data?.error.code }

export async function findSlots({ meeting, from, to }: Slots, call: Call<Client>) {
  const query = { eventTypeId: String(eventTypeOf(meeting)), start: from, end: to }
  const result = await asked({ method: 'GET', path: 'v2/slots', query }, call, VERSIONS.slots)
  const days = Object.values(answerOfReading(result, SlotsAnswer, dialect).data)
  const starts = days.flat().map(({ start }) => Date.parse(start))
  return { starts: starts.toSorted((one, other) => one - other).map((start) => new Date(start).toISOString()) }
}

/** Cal.com refuses a second meeting at the same time; whether the one that is there is ours, its metadata tells. */
export async function book({ meeting, start, attendee }: Booking, call: Call<Client>): Promise<BookingRef> {
  const eventTypeId = eventTypeOf(meeting)
  const key = keyOnTheWire(call.key, LONGEST_KEY)
  const known = await ours(eventTypeId, start, call)
  if (known !== undefined) return { bookingId: known.uid }
  call.begin()
  const body = { eventTypeId, start: new Date(start).toISOString(), attendee, metadata: { [KEY_FIELD]: key } }
  const result = await asked({ method: 'POST', path: 'v2/bookings', body }, call)
  if (result.kind === 'answered' && result.status === 400) {
    const found = await ours(eventTypeId, start, call)
    if (found !== undefined) return { bookingId: found.uid }
    if ((await listed(eventTypeId, start, call)).length > 0)
      throw new EffectRefused('SLOT_TAKEN', 'Somebody else has a meeting at that time. Nothing was booked.')
  }
  return { bookingId: answerOfChange(result, BookingAnswer, dialect).data.uid }
}

export async function bookedBefore({ meeting, start }: Booking, call: Call<Client>): Promise<BookingRef> {
  const found = await ours(eventTypeOf(meeting), start, call)
  if (found === undefined) throw new NeverHappened(call.client.settlingMs)
  return { bookingId: found.uid }
}

interface Rescheduling extends BookingRef {
  readonly start: string
  readonly reason: string
}
/** A meeting that was moved is another one, and cannot be moved a second time under its old id. */
export async function reschedule({ bookingId, start, reason }: Rescheduling, call: Call<Client>): Promise<BookingRef> {
  call.begin()
  const body = { start: new Date(start).toISOString(), reschedulingReason: reason }
  const result = await asked({ method: 'POST', path: `${pathOf(bookingId)}/reschedule`, body, ...marked(call) }, call)
  return { bookingId: answerOfChange(result, BookingAnswer, dialect).data.uid }
}

export async function rescheduledBefore({ bookingId, start }: Rescheduling, call: Call<Client>): Promise<BookingRef> {
  const before = await bookingOf(bookingId, call)
  const moved = (await listed(before.eventTypeId, start, call)).find(
    ({ rescheduledFromUid }) => rescheduledFromUid === bookingId,
  )
  if (moved !== undefined) return { bookingId: moved.uid }
  if (before.status === 'cancelled')
    throw new EffectUnknown('MOVED_ELSEWHERE', 'The meeting is over, and none that came of it is at that time.')
  throw new SafeToRepeat('the meeting is still where it was')
}

interface Cancelling extends BookingRef {
  readonly reason: string
}
export async function cancel({ bookingId, reason }: Cancelling, call: Call<Client>): Promise<BookingRef> {
  if (isOver(await bookingOf(bookingId, call))) return { bookingId }
  call.begin()
  const body = { cancellationReason: reason }
  const result = await asked({ method: 'POST', path: `${pathOf(bookingId)}/cancel`, body, ...marked(call) }, call)
  answerOfChange(result, BookingAnswer, dialect)
  return { bookingId }
}

export async function cancelledBefore({ bookingId }: Cancelling, call: Call<Client>): Promise<BookingRef> {
  if (isOver(await bookingOf(bookingId, call))) return { bookingId }
  throw new SafeToRepeat('the meeting is not cancelled yet')
}

const STATUSES: Readonly<Record<KnownBooking['status'], BookingStatus>> = {
  accepted: 'booked',
  pending: 'requested',
  cancelled: 'cancelled',
  rejected: 'rejected',
}
export async function readBooking({ bookingId }: BookingRef, call: Call<Client>) {
  const { status, start } = await bookingOf(bookingId, call)
  return { bookingId, status: STATUSES[status], start: new Date(start).toISOString() }
}

export async function me(client: Client, signal: AbortSignal): Promise<void> {
  answerOfReading(await asked({ method: 'GET', path: 'v2/me' }, { client, signal }), MeAnswer, dialect)
}

const isOver = ({ status }: KnownBooking) => status === 'cancelled' || status === 'rejected'

async function bookingOf(bookingId: string, asking: Asking): Promise<KnownBooking> {
  return answerOfReading(await asked({ method: 'GET', path: pathOf(bookingId) }, asking), BookingAnswer, dialect).data
}

/** The meeting of that kind at that time that carries our key, whatever became of it since. */
async function ours(eventTypeId: number, start: string, call: Call<Client>): Promise<KnownBooking | undefined> {
  const key = keyOnTheWire(call.key, LONGEST_KEY)
  return (await listed(eventTypeId, start, call)).find(({ metadata }) => metadata?.[KEY_FIELD] === key)
}

const DAY_MS = 86_400_000

/** What is asked for is only narrowed down by the vendor; what counts is compared here. */
async function listed(eventTypeId: number, start: string, asking: Asking): Promise<readonly KnownBooking[]> {
  const at = Date.parse(start)
  const query = {
    eventTypeId: String(eventTypeId),
    afterStart: new Date(at - DAY_MS).toISOString(),
    beforeEnd: new Date(at + DAY_MS).toISOString(),
    take: '250',
  }
  const result = await asked({ method: 'GET', path: 'v2/bookings', query }, asking)
  const { data } = answerOfReading(result, BookingsAnswer, dialect)
  return data.filter((booking) => booking.eventTypeId === eventTypeId && Date.parse(booking.start) === at)
}

type Request = Pick<HttpRequest, 'method' | 'path' | 'query' | 'body' | 'headers'>

const asked = (request: Request, { client, signal }: Asking, version: string = VERSIONS.bookings): Promise<Exchange> =>
  exchange({
    ...request,
    base: client.url,
    headers: { ...request.headers, authorization: `Bearer ${client.apiKey}`, 'cal-api-version': version },
    signal,
  })

const pathOf = (bookingId: string) => `v2/bookings/${encodeURIComponent(bookingId)}`

/** For the vendor's log of requests: no field of these takes a key. */
const marked = ({ key }: Call<Client>) => ({ headers: { 'x-sijil-key': keyOnTheWire(key, LONGEST_KEY) } })

function eventTypeOf(meeting: string): number {
  if (/^\d{1,15}$/.test(meeting)) return Number(meeting)
  throw new EffectRefused('NO_SUCH_MEETING', 'Cal.com knows kinds of meetings by whole numbers. Nothing was asked.')
}
