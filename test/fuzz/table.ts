import type { Tally } from './fuzz.ts'

/** A line for each operation: how many requests, and how they were answered. */
export function tableOf(tally: Tally): string {
  const rows = [...tally]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([operation, statuses]) => ({
      operation,
      count: [...statuses.values()].reduce((sum, count) => sum + count, 0),
      statuses: [...statuses]
        .toSorted(([one], [other]) => one - other)
        .map(([status, count]) => `${status}×${count}`)
        .join(' '),
    }))
  const width = Math.max(...rows.map(({ operation }) => operation.length))
  return rows
    .map((row) => `${row.operation.padEnd(width)} ${String(row.count).padStart(7)}  ${row.statuses}`)
    .join('\n')
}
