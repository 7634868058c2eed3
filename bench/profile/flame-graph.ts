import { drawing, element, escaped, round, text } from '../report/svg.ts'
import type { Frame } from './cpu-profile.ts'
import { colourOf, roomOf, rooms } from './rooms.ts'

const WIDTH = 1_400
const ROW = 18
const TOP = 90
/** Narrower ones are left out, in pixels. */
const NARROWEST = 0.7
const LETTER = 6.4

/** Who calls whom, from the top; as wide as the time it took. Hovering over a function shows where it lives and how much it took. */
export function flameGraph(root: Frame, title: string): string {
  const children: string[] = []
  let deepest = 0
  const draw = (frame: Frame, x: number, depth: number): void => {
    const width = (frame.total / root.total) * WIDTH
    if (width < NARROWEST) return
    deepest = Math.max(deepest, depth)
    const y = TOP + depth * ROW
    const share = ((frame.total / root.total) * 100).toFixed(1)
    const letters = Math.floor((width - 6) / LETTER)
    const label = frame.name.length <= letters ? frame.name : `${frame.name.slice(0, letters - 1)}…`
    children.push(
      element(
        'g',
        {},
        `<title>${escaped(`${frame.name}, ${frame.place || 'V8'}: ${share} %`)}</title>`,
        element('rect', { x: round(x), y, width: round(width), height: ROW - 1, fill: colourOf(roomOf(frame)) }),
        ...(letters < 3 ? [] : [text(x + 3, y + 13, label)]),
      ),
    )
    let at = x
    for (const child of frame.children) {
      draw(child, at, depth + 1)
      at += (child.total / root.total) * WIDTH
    }
  }
  draw(root, 0, 0)
  const legend = rooms.map((room, index) => {
    const x = 16 + index * 150
    return element('rect', { x, y: 52, width: 12, height: 12, fill: colourOf(room) }) + text(x + 18, 62, room)
  })
  return drawing({
    width: WIDTH,
    height: TOP + (deepest + 1) * ROW + 12,
    title,
    describes: `Called functions lie below their callers; the widest: ${root.children
      .map(({ name }) => name)
      .slice(0, 5)
      .join(', ')}`,
    children: [
      text(16, 30, title, { 'font-size': 17, 'font-weight': 600 }),
      ...legend,
      element('g', { 'font-size': 11 }, ...children),
    ],
  })
}
