import { colourOf } from './colours.ts'
import { peers } from './peers.ts'
import { type Results, valueOf } from './results.ts'
import { drawing, element, round, text } from './svg.ts'
import { caseName, numberOf } from './table.ts'
import { topOf } from './axis.ts'

interface Bar {
  readonly name: string
  readonly value: number
  readonly colour: string
  /** What the database itself can take of the same rows. */
  readonly limit?: number | undefined
}

const WIDTH = 760
const LEFT = 250
const RIGHT = 620
const ROW = 30
const TOP = 84

/** Runs per second at 50 concurrent beside the limit of the database and, where they were measured, other engines. */
export function paceChart(results: Results): string | undefined {
  const ours = (results['three-steps']?.cases ?? []).flatMap((of): readonly Bar[] => {
    const limit = valueOf(results, 'limit', of, 'runs written by a bare client')
    // What was measured beside the limit is comparable with it: a shared machine is another one some minutes later.
    const beside = limit === undefined ? undefined : valueOf(results, 'limit', of, 'runs through the engine')
    const value = beside ?? valueOf(results, 'three-steps', of, 'runs at 50 concurrent')
    return value === undefined ? [] : [{ name: `Sijil, ${caseName(of)}`, value, limit, colour: colourOf(of) }]
  })
  if (ours.length === 0) return undefined
  const others = peers().map(
    ({ peer, version, at50 }): Bar => ({
      name: `${peer} ${version}`,
      value: at50.perSecond,
      colour: '#7b8794',
    }),
  )
  const bars = [...ours, ...others]
  const top = topOf(bars.flatMap(({ value, limit }) => [value, limit ?? 0]))
  const x = (value: number): number => LEFT + (value / top.value) * (RIGHT - LEFT)
  const bottom = TOP + bars.length * ROW
  const grid = top.ticks.flatMap((tick) => [
    element('line', { x1: round(x(tick)), x2: round(x(tick)), y1: TOP - 6, y2: bottom, stroke: '#e4e7eb' }),
    text(x(tick), bottom + 18, numberOf(tick), { 'text-anchor': 'middle', fill: '#52606d' }),
  ])
  const drawn = bars.flatMap(({ name, value, limit, colour }, index) => {
    const y = TOP + index * ROW
    const label = limit === undefined ? numberOf(value) : `${numberOf(value)} of ${numberOf(limit)}`
    const end = Math.max(x(value), limit === undefined ? 0 : x(limit))
    const bar = { x: LEFT, y, height: ROW - 10 }
    return [
      text(LEFT - 10, y + 15, name, { 'text-anchor': 'end' }),
      ...(limit === undefined
        ? []
        : [
            element('rect', {
              ...bar,
              width: round(x(limit) - LEFT),
              fill: 'none',
              stroke: colour,
              'stroke-dasharray': '4 3',
            }),
          ]),
      element('rect', { ...bar, width: round(x(value) - LEFT), fill: colour }),
      text(end + 8, y + 15, label, { 'font-size': 12 }),
    ]
  })
  return drawing({
    width: WIDTH,
    height: bottom + 34,
    title: 'Three-step runs per second at 50 concurrent',
    describes: bars.map(({ name, value }) => `${name}: ${numberOf(value)}`).join('; '),
    children: [
      text(24, 32, 'Three-step runs per second at 50 concurrent', { 'font-size': 17, 'font-weight': 600 }),
      text(
        24,
        52,
        'Filled: measured. Dashed: the same rows written by a bare client, which is what the database itself can take.',
        {
          fill: '#52606d',
        },
      ),
      ...grid,
      ...drawn,
    ],
  })
}
