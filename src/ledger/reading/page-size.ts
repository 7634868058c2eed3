const ROWS = 50
const ROWS_MAX = 500

/** How many rows a page of a list has: 50 unless said otherwise, and never more than 500. */
export const pageSize = (wanted: number | undefined): number => Math.min(Math.max(1, wanted ?? ROWS), ROWS_MAX)
