const CELLS = 24

/** How much of something is done, as a line of text. */
export function bar(done: number, of: number): string {
  const full = Math.min(CELLS, Math.round((done / Math.max(1, of)) * CELLS))
  return `${'█'.repeat(full)}${'░'.repeat(CELLS - full)}`
}
