/** Every scenario on every engine, with one and the same end. Writes the matrix when all is played. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { clusterForSuite, type TestCluster } from './on-temporal.ts'
import { conformancePage, type EngineName, PAGE } from './page.ts'
import { type Observed, playIn, type Scenario, type Surroundings } from './scenario.ts'
import { played, scenarios } from './scenarios.ts'

describe('Conformance of the engines', () => {
  const embedded = ledgerForSuite('pglite')
  const served = ledgerForSuite('postgres')
  const apart = ledgerForSuite('postgres')
  const passed = new Set<string>()
  let begun = 0
  const cluster = clusterForSuite(new URL('sandbox.ts', import.meta.url))
  after(() => {
    if (begun === scenarios.length) writeFileSync(PAGE, conformancePage(scenarios, hasPassed))
  })

  const mark = ({ title }: Scenario, engine: EngineName) => `${engine}: ${title}`
  const hasPassed = (scenario: Scenario, engine: EngineName) => passed.has(mark(scenario, engine))
  const play = async (scenario: Scenario, engine: EngineName, where: Surroundings, as?: Observed) => {
    const observed = await playIn({ ...played, ...where }, scenario)
    if (as !== undefined) assert.deepEqual(observed, as, engine)
    passed.add(mark(scenario, engine))
    return observed
  }

  const openEngine: TestCluster['openEngine'] = (settings) => cluster().openEngine(settings)
  for (const scenario of scenarios)
    test(scenario.title, { timeout: 60_000 }, async () => {
      begun += 1
      const first = await play(scenario, 'local, PGlite', { database: embedded() })
      await play(scenario, 'local, Postgres', { database: served() }, first)
      const onTemporal = { database: apart(), openEngine, placement: 'temporal' } as const
      await play(scenario, 'Temporal, Postgres', onTemporal, first)
    })
})
