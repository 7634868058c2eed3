import type { Scenario } from '../scenarios/scenario.ts'
import type { CaseRow } from './results.ts'

type Row = CaseRow['figures'][number]

/** One line for each figure, one column for each case. */
export function tableOf(scenario: Pick<Scenario, 'durable'>, cases: readonly CaseRow[]): string {
  const whats = [...new Set(cases.flatMap(({ figures }) => figures.map(({ what }) => what)))]
  const head = ['', 'durable when the caller is answered', ...cases.map(caseName)]
  const lines = whats.map((what) => {
    const rows = cases.map(({ figures }) => figures.find((figure) => figure.what === what))
    const durable = rows.find((row) => row !== undefined)?.durable ?? scenario.durable
    return [what, durable, ...rows.map((row) => (row === undefined ? '–' : shown(row)))]
  })
  return [head, head.map((_, column) => (column < 2 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

export const caseName = ({ database, durability }: Pick<CaseRow, 'database' | 'durability'>): string =>
  `${database === 'pglite' ? 'PGlite' : 'Postgres'}, ${durability}`

/** `3,423 runs/s (3,301–3,490)`. */
function shown({ value, unit, range }: Row): string {
  const text = `${numberOf(value)} ${unit}`
  return range === undefined ? text : `${text} (${numberOf(range[0])}–${numberOf(range[1])})`
}

/** Three digits that count, or all before the point. */
export function numberOf(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(2, digits) })
}
