/**
 * `npm run bench [-- --only <name>]… [--case "<database>, <durability>"] [--quick] [--json] [--profile]`. Every case of every
 * scenario in a process of its own; with `--case` that one is measured again and stands beside the others as they were.
 * Keeps what was measured in `bench/results.json` and makes `bench/RESULTS.md` and the charts from it; with `--quick` or
 * `--json` nothing is kept.
 */
import { parseArgs } from 'node:util'
import { writeProfiles } from './profile/write-profiles.ts'
import { progressBar } from './progress-bar.ts'
import { writePage } from './report/page.ts'
import { type CaseRow, isOf, machineNow, readResults, writeResults } from './report/results.ts'
import { caseName, tableOf } from './report/table.ts'
import { runCase } from './run-case.ts'
import { scenarios, scenariosOnRequest } from './scenarios/index.ts'
import { casesOf, type Scenario } from './scenarios/scenario.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    case: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
})

if (values.profile) await writeProfiles(values.quick)
else for (const scenario of chosen()) await measureAndKeep(scenario)

function chosen(): readonly Scenario[] {
  const all = [...scenarios, ...scenariosOnRequest]
  const unknown = values.only.filter((name) => all.every((scenario) => scenario.name !== name))
  if (unknown.length > 0) {
    console.error(`There is no scenario ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`)
    process.exit(2)
  }
  return values.only.length === 0 ? scenarios : all.filter(({ name }) => values.only.includes(name))
}

async function measureAndKeep(scenario: Scenario): Promise<void> {
  const cases: CaseRow[] = []
  for (const of of casesOf(scenario)) {
    if (values.case !== undefined && caseName(of) !== values.case) continue
    const bar = progressBar(`${scenario.name}, ${caseName(of)}`)
    const start = { ...of, isQuick: values.quick, scenario: scenario.name }
    cases.push({ ...of, figures: [...(await runCase(start, bar.progress))] })
    bar.end()
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ scenario: scenario.name, cases })}\n`)
  else process.stdout.write(`\n${scenario.title}\n\n${tableOf(scenario, cases)}\n\n`)
  if (values.quick || values.json) return
  const command = `npm run bench${values.only.length === 0 ? '' : ` -- --only ${scenario.name}`}`
  const on = new Date().toISOString().slice(0, 10)
  const before = readResults()
  const measured = casesOf(scenario).flatMap(
    (of) => cases.find(isOf(of)) ?? before[scenario.name]?.cases.find(isOf(of)) ?? [],
  )
  const results = { ...before, [scenario.name]: { on, machine: machineNow(), command, cases: measured } }
  writeResults(results)
  writePage(results, [...scenarios, ...scenariosOnRequest])
}
