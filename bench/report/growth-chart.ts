import { SIZES, withRuns } from '../scenarios/growth.ts'
import { colourOf } from './colours.ts'
import type { Results } from './results.ts'
import { drawing, element, round, text } from './svg.ts'
import { caseName, numberOf } from './table.ts'
import { topOf } from './axis.ts'

const WIDTH = 760
const HEIGHT = 380
const AREA = { left: 70, right: 560, top: 70, bottom: 320 } as const

/** Runs per second over how many runs lie in the ledger. Flat is good. Undefined before it was measured. */
export function growthChart(results: Results): string | undefined {
  const lines = (results['growth']?.cases ?? []).map(({ database, durability, figures }) => ({
    database,
    durability,
    paces: SIZES.map((size) => figures.find(({ what }) => what === withRuns(size))?.value),
  }))
  if (lines.length === 0) return undefined
  const top = topOf(lines.flatMap(({ paces }) => paces.map((pace) => pace ?? 0)))
  const y = (pace: number): number => AREA.bottom - (pace / top.value) * (AREA.bottom - AREA.top)
  const x = (index: number): number => AREA.left + 50 + (index / (SIZES.length - 1)) * (AREA.right - AREA.left - 80)
  const grid = top.ticks.flatMap((pace) => [
    element('line', { x1: AREA.left, x2: AREA.right, y1: round(y(pace)), y2: round(y(pace)), stroke: '#e4e7eb' }),
    text(AREA.left - 8, y(pace) + 4, numberOf(pace), { 'text-anchor': 'end', fill: '#52606d' }),
  ])
  const sizes = SIZES.map((size, index) =>
    text(x(index), AREA.bottom + 22, size.toLocaleString('en'), { 'text-anchor': 'middle', fill: '#52606d' }),
  )
  const drawn = lines.flatMap(({ paces, ...of }) => {
    const points = paces.flatMap((pace, index) => (pace === undefined ? [] : [{ x: x(index), y: y(pace), pace }]))
    const stroke = colourOf(of)
    return [
      element('polyline', {
        points: points.map((point) => `${round(point.x)},${round(point.y)}`).join(' '),
        fill: 'none',
        stroke,
        'stroke-width': 2.5,
      }),
      ...points.flatMap((point) => [
        element('circle', { cx: round(point.x), cy: round(point.y), r: 4, fill: stroke }),
        text(point.x, point.y - 10, numberOf(point.pace), { 'text-anchor': 'middle', 'font-size': 12 }),
      ]),
    ]
  })
  const legend = lines.map((of, index) => {
    const at = AREA.top + 12 + index * 24
    return (
      element('rect', { x: 585, y: at - 10, width: 12, height: 12, fill: colourOf(of) }) + text(604, at, caseName(of))
    )
  })
  return drawing({
    width: WIDTH,
    height: HEIGHT,
    title: 'Three-step runs per second while the ledger grows',
    describes: lines
      .map(({ paces, ...of }) => `${caseName(of)}: ${paces.map((pace) => numberOf(pace ?? 0)).join(', ')}`)
      .join('; '),
    children: [
      text(24, 32, 'Three-step runs per second while the ledger grows', { 'font-size': 17, 'font-weight': 600 }),
      text(24, 52, '50 concurrent, everything switched on, fsync on', { fill: '#52606d' }),
      ...grid,
      ...sizes,
      text((AREA.left + AREA.right) / 2, AREA.bottom + 44, 'runs in the ledger', { 'text-anchor': 'middle' }),
      ...drawn,
      ...legend,
    ],
  })
}
