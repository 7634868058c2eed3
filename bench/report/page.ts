import { readFileSync, writeFileSync } from 'node:fs'
import type { Scenario } from '../scenarios/scenario.ts'
import { growthChart } from './growth-chart.ts'
import type { Measured, Results } from './results.ts'
import { paceChart } from './pace-chart.ts'
import { tableOf } from './table.ts'

const page = new URL('../RESULTS.md', import.meta.url)
const charts = [
  { file: 'pace.svg', title: 'Three-step runs per second at 50 concurrent', chart: paceChart },
  { file: 'growth.svg', title: 'Three-step runs per second while the ledger grows', chart: growthChart },
] as const

export const readPage = (): string => readFileSync(page, 'utf8')

/** Writes the part of each scenario between its marks, and the charts beside the page. What is not measured stays as it is. */
export function writePage(results: Results, scenarios: readonly Scenario[]): void {
  const shown: string[] = []
  for (const { file, title, chart } of charts) {
    const svg = chart(results)
    if (svg === undefined) continue
    writeFileSync(new URL(`../charts/${file}`, import.meta.url), svg)
    shown.push(`![${title}](charts/${file})`)
  }
  writeFileSync(page, withParts(withPart(readPage(), 'charts', shown.join('\n\n')), results, scenarios))
}

/** The page with the parts of these results; what lies outside their marks, and every other part, is left as it is. */
export const withParts = (text: string, results: Results, scenarios: readonly Scenario[]): string =>
  scenarios.reduce((changed, scenario) => {
    const measured = results[scenario.name]
    return measured === undefined ? changed : withPart(changed, scenario.name, partOf(scenario, measured))
  }, text)

/** The marks between which a scenario's part stands. */
export const marksOf = (name: string): readonly [string, string] => [`<!-- ${name} -->`, `<!-- /${name} -->`]

function withPart(text: string, name: string, part: string): string {
  const [begin, end] = marksOf(name)
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`RESULTS.md has no marks for ${name}`)
  return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`
}

const partOf = (scenario: Scenario, { on, machine, command, cases }: Measured): string =>
  [
    `## ${scenario.title}`,
    `${upperFirst(scenario.measures)}.`,
    tableOf(scenario, cases),
    `${on}, ${machine}, \`${command}\``,
  ].join('\n\n')

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
