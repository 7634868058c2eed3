import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import type { StoredBooking } from './bookings.ts'

export const bookingCard = ({ uid, start, status, attendee, reason }: StoredBooking, { time, term }: Reader) => html`
<section class="card">
<div class="top"><h3>${time(Date.parse(start))}</h3><span class="badge${status === 'cancelled' ? ' bad' : ''}">${term(status)}</span></div>
<p><strong dir="auto">${attendee.name}</strong> <bdi>${attendee.email}</bdi></p>
<p class="meta"><bdi>${uid}</bdi></p>
${reason === undefined ? undefined : html`<p class="meta"><bdi>${reason}</bdi></p>`}</section>`
