import type { Frame } from './cpu-profile.ts'
import { roomOf } from './rooms.ts'

const LINES = 20

/** The functions that took the most time themselves, wherever they were called from. */
export function topTable(root: Frame): string {
  const self = new Map<string, { readonly frame: Frame; readonly took: number }>()
  const visit = (frame: Frame): void => {
    const key = `${frame.name} ${frame.place}`
    self.set(key, { frame, took: (self.get(key)?.took ?? 0) + frame.self })
    for (const child of frame.children) visit(child)
  }
  visit(root)
  const lines = [...self.values()]
    .toSorted((one, other) => other.took - one.took)
    .slice(0, LINES)
    .map(({ frame, took }) => {
      const share = ((took / root.total) * 100).toFixed(1)
      return `| ${share} % | \`${frame.name}\` | ${frame.place === '' ? '–' : frame.place} | ${roomOf(frame)} |`
    })
  return ['| of the time | function | where | room |', '|---:|---|---|---|', ...lines].join('\n')
}
