import type { CaseRow } from './results.ts'

/** Told apart also by those who do not see every colour: the databases by hue, the modes by lightness. */
const colours = {
  pglite: { travelling: '#1b6ca8', each: '#7fb5d8' },
  postgres: { travelling: '#b5530a', each: '#e6a46a' },
} as const

export const colourOf = ({ database, durability }: Pick<CaseRow, 'database' | 'durability'>): string =>
  colours[database][durability]
