/** The matrix of what was played where, as a page. The same text for the same outcome. */
import type { Scenario } from './scenario.ts'

export const engines = ['local, PGlite', 'local, Postgres', 'Temporal, Postgres'] as const
export type EngineName = (typeof engines)[number]

export const PAGE = new URL('../../docs/conformance.md', import.meta.url)

/** `passed`: the scenario ended on the engine as it says, with the same rows and acts as on the first. */
export function conformancePage(
  scenarios: readonly Scenario[],
  passed: (scenario: Scenario, engine: EngineName) => boolean,
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = scenarios.map((scenario) =>
    row([scenario.workflow, scenario.title, ...engines.map((engine) => (passed(scenario, engine) ? '✓' : '✗'))]),
  )
  return `${[
    '# Conformance of the engines',
    '',
    'Written by `npm run test:temporal`. Every scenario is played on every engine, none is left out, and what is left of it is',
    'compared: how the run ended, every record by its key with kind, outcome and value, every effect, receipt, task, vote, letter and',
    "audit row, and the vendors' own record of what they were asked with which key. ✓ says that the run ended as its scenario says,",
    'and that nothing differs from the first column.',
    '',
    row(['workflow', 'scenario', ...engines]),
    row(['---', '---', ...engines.map(() => ':-:')]),
    ...rows,
  ].join('\n')}\n`
}
