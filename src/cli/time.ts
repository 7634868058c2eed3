const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Riyadh', dateStyle: 'short' })
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Riyadh', timeStyle: 'medium' })

/** `2026-03-01`, by the organisation's clock. */
export const dayIn = (instant: number): string => day.format(instant)
/** `14:03:09`, by the organisation's clock. */
export const clockIn = (instant: number): string => clock.format(instant)
/** Both. */
export const timeIn = (instant: number): string => `${dayIn(instant)} ${clockIn(instant)}`
