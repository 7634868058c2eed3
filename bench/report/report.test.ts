import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framesOf } from '../profile/cpu-profile.ts'
import { flameGraph } from '../profile/flame-graph.ts'
import { topTable } from '../profile/top.ts'
import { SIZES, withRuns } from '../scenarios/growth.ts'
import { scenarios } from '../scenarios/index.ts'
import { growthChart } from './growth-chart.ts'
import { paceChart } from './pace-chart.ts'
import { marksOf, readPage, withParts } from './page.ts'
import { type CaseRow, readResults, type Results } from './results.ts'
import { numberOf } from './table.ts'

const postgres = { database: 'postgres', durability: 'each' } as const
const measured = (figures: CaseRow['figures']): Results[string] => ({
  on: '2026-11-22',
  machine: 'a machine',
  command: 'npm run bench',
  cases: [{ ...postgres, figures }],
})
const perSecond = (what: string, value: number) => ({ what, value, unit: 'runs/s' }) as const

test('the page says what results.json holds, and measuring one scenario changes its part only', () => {
  const page = readPage()
  assert.equal(withParts(page, readResults(), scenarios), page, 'run npm run bench, or make the page again')
  const changed = withParts(page, { limit: measured([perSecond('runs written by a bare client', 12_345)]) }, scenarios)
  const [begin, end] = marksOf('limit')
  const without = (text: string) => text.slice(0, text.indexOf(begin)) + text.slice(text.indexOf(end))
  assert.equal(without(changed), without(page))
  assert.match(changed, /\| runs written by a bare client \| .* \| 12,345 runs\/s \|/)
})

test('a chart shows every figure it is made of, as text', () => {
  const results: Results = {
    'three-steps': measured([perSecond('runs at 50 concurrent', 4_321)]),
    limit: measured([perSecond('runs written by a bare client', 9_876)]),
    growth: measured(SIZES.map((size, index) => perSecond(withRuns(size), 3_003 - index))),
  }
  assert.match(paceChart(results) ?? '', />4,321 of 9,876<\/text>/)
  const beside = [perSecond('runs written by a bare client', 9_876), perSecond('runs through the engine', 4_567)]
  assert.match(paceChart({ ...results, limit: measured(beside) }) ?? '', />4,567 of 9,876<\/text>/)
  for (const value of ['3,003', '3,002', '3,001'])
    assert.match(growthChart(results) ?? '', new RegExp(`>${value}</text>`))
  assert.equal(growthChart({}), undefined)
})

test('a number keeps three digits that count', () => {
  assert.deepEqual([12_345.6, 123.4, 12.34, 1.234, 0.1234, 0].map(numberOf), [
    '12,346',
    '123',
    '12.3',
    '1.23',
    '0.12',
    '0',
  ])
})

test('a flame graph is as wide as the time below each function, and names no place of this machine', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 1 })
  const here = new URL('../../', import.meta.url).href
  const root = framesOf({
    nodes: [
      { id: 1, callFrame: frame('(root)', ''), children: [2, 3] },
      { id: 2, callFrame: frame('write<Row>', `${here}src/ledger/group-commit.ts`), children: [4] },
      { id: 3, callFrame: frame('query', `${here}node_modules/pg/lib/client.js`), children: [] },
      { id: 4, callFrame: frame('canonical', `${here}src/flow/canonical.ts`), children: [] },
    ],
    samples: [2, 3, 4],
    timeDeltas: [100, 300, 600],
  })
  assert.deepEqual([root.total, root.children.map(({ total }) => total)], [1_000, [700, 300]])
  const svg = flameGraph(root, 'A profile')
  assert.match(
    svg,
    /<title>write&lt;Row&gt;, src\/ledger\/group-commit.ts: 70.0 %<\/title><rect x="0" y="108" width="980"/,
  )
  assert.match(svg, />canonical<\/text>/)
  assert.ok(!svg.includes(here))
  assert.match(
    topTable(root),
    /\| 60.0 % \| `canonical` \| src\/flow\/canonical.ts \| src\/flow \|\n\| 30.0 % \| `query` \| pg \| packages \|/,
  )
})
