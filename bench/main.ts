/**
 * `npm run bench [-- --only <name>]… [--case "<database>, <durability>"] [--quick] [--json] [--profile]`. Every case of every
 * scenario in a process of its own; with `--case` that one is measured again and stands beside the others as they were.
 * `npm run bench:temporal [-- --only throughput|approvals|paused|kills]… [--server full] [--minutes <how long processes are killed>]` is the
 * same for what needs a Temporal server: the development server, or the full one on Postgres. Keeps what was measured in `bench/results.json` and makes `bench/RESULTS.md` and the charts from it; with `--quick` or
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
import { casesOf, type Scenario, type TemporalServer } from './scenarios/scenario.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    case: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    temporal: { type: 'boolean', default: false },
    server: { type: 'string' },
    minutes: { type: 'string' },
  },
})

const minutes = minutesOf(values.minutes)
const server = serverOf(values.server)
if (values.profile) await writeProfiles(values.quick)
else for (const scenario of chosen()) await measureAndKeep(scenario)

function chosen(): readonly Scenario[] {
  const beside = scenariosOnRequest.filter((scenario) => !values.temporal || scenario.server === server)
  const all = values.temporal ? beside : [...scenarios, ...beside]
  const unknown = values.only.filter((name) => all.every((scenario) => calledHere(scenario) !== name))
  if (unknown.length > 0) {
    console.error(`There is no scenario ${unknown.join(', ')}. There are: ${all.map(calledHere).join(', ')}.`)
    process.exit(2)
  }
  if (values.only.length > 0) return all.filter((scenario) => values.only.includes(calledHere(scenario)))
  return values.temporal ? beside : scenarios
}

/** Among those on Temporal nobody need say that they are. */
function calledHere({ name }: Scenario): string {
  return values.temporal ? name.replace(/^temporal-(full-)?/, '') : name
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const given = Number(text)
  if (given > 0 && given <= 24 * 60) return given
  console.error(`--minutes ${text}: a number of minutes is wanted, more than 0 and at most a day.`)
  process.exit(2)
}

function serverOf(text: string | undefined): TemporalServer {
  if (text === undefined) return 'development'
  if (values.temporal && (text === 'development' || text === 'full')) return text
  console.error(`--server ${text}: development or full is wanted, and only \`npm run bench:temporal\` takes it.`)
  process.exit(2)
}

async function measureAndKeep(scenario: Scenario): Promise<void> {
  const cases: CaseRow[] = []
  for (const of of casesOf(scenario)) {
    if (values.case !== undefined && caseName(of) !== values.case) continue
    const bar = progressBar(`${scenario.name}, ${caseName(of)}`)
    const start = { ...of, isQuick: values.quick, minutes, scenario: scenario.name }
    cases.push({ ...of, figures: [...(await runCase(start, bar.progress))] })
    bar.end()
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ scenario: scenario.name, cases })}\n`)
  else process.stdout.write(`\n${scenario.title}\n\n${tableOf(scenario, cases)}\n\n`)
  if (values.quick || values.json) return
  const asked = [
    ...(values.only.length === 0 ? [] : [`--only ${calledHere(scenario)}`]),
    ...(values.server === undefined ? [] : [`--server ${server}`]),
    ...(minutes === undefined ? [] : [`--minutes ${minutes}`]),
  ]
  const command = `npm run bench${values.temporal ? ':temporal' : ''}${asked.length === 0 ? '' : ` -- ${asked.join(' ')}`}`
  const on = new Date().toISOString().slice(0, 10)
  const before = readResults()
  const measured = casesOf(scenario).flatMap(
    (of) => cases.find(isOf(of)) ?? before[scenario.name]?.cases.find(isOf(of)) ?? [],
  )
  const results = { ...before, [scenario.name]: { on, machine: machineNow(), command, cases: measured } }
  writeResults(results)
  writePage(results, [...scenarios, ...scenariosOnRequest])
}
