import type { Language } from './language.ts'

export interface Attendee {
  readonly name: string
  readonly email: string
  /** `Asia/Riyadh` */
  readonly timeZone: string
  readonly language: Language
}
export interface BookingRef {
  readonly bookingId: string
}
/** `meeting`: the vendor's id of the kind of meeting, with its length and its host. Times are in UTC: `2026-11-24T09:00:00Z`. */
export interface Booking {
  readonly meeting: string
  readonly start: string
  readonly attendee: Attendee
}
export interface Slots {
  readonly meeting: string
  readonly from: string
  readonly to: string
}
export type BookingStatus = 'requested' | 'booked' | 'cancelled' | 'rejected'

export interface CalendarSystem {
  /** When the meeting could begin, earliest first. */
  findSlots(slots: Slots): Promise<{ readonly starts: readonly string[] }>
  /** Refused as `SLOT_TAKEN` when somebody else was faster. */
  book(booking: Booking): Promise<BookingRef>
  /** The meeting then has another id. */
  reschedule(change: BookingRef & { readonly start: string; readonly reason: string }): Promise<BookingRef>
  /** Cancelling twice is no error. */
  cancel(change: BookingRef & { readonly reason: string }): Promise<BookingRef>
  readBooking(booking: BookingRef): Promise<BookingRef & { readonly status: BookingStatus; readonly start: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly calendar: CalendarSystem
  }
}
