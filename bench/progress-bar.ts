import type { Progress } from './scenarios/scenario.ts'

const CELLS = 24

/** Draws over its own line on a terminal; elsewhere each case says once that it begins. */
export function progressBar(title: string): { readonly progress: Progress; end(): void } {
  const { stderr } = process
  const startedAt = performance.now()
  const draw = (share: number, what: string): void => {
    const full = Math.round(Math.min(1, share) * CELLS)
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    stderr.write(`\r\x1B[2K${title} ${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${seconds} s  ${what}`)
  }
  if (!stderr.isTTY) {
    stderr.write(`${title} …\n`)
    return { progress: () => undefined, end: () => undefined }
  }
  return {
    progress: draw,
    end: () => {
      draw(1, 'done')
      stderr.write('\n')
    },
  }
}
