/** A history that grows too long is left for a new one: the run goes on from its ledger as if nothing had been. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { clusterForSuite, type TestCluster } from './on-temporal.ts'
import { playIn } from './scenario.ts'
import { played, scenarios } from './scenarios.ts'

const chosen = scenarios.filter(
  ({ title, sideBySide }) =>
    sideBySide || /^(a ladder|results of several|a counter-offer|refused at|no answer)/.test(title),
)

describe('A new history at each wait', () => {
  const local = ledgerForSuite('postgres')
  const apart = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('sandbox-short.ts', import.meta.url))

  let begun = 0
  const openEngine: TestCluster['openEngine'] = (settings) =>
    cluster().openEngine(settings, (errands) => ({
      ...errands,
      recall: (ref) => {
        begun += 1
        return errands.recall(ref)
      },
    }))
  for (const scenario of chosen)
    test(scenario.title, { timeout: 60_000 }, async () => {
      const whole = await playIn({ ...played, database: local() }, scenario)
      const short = { database: apart(), openEngine, placement: 'temporal' } as const
      assert.deepEqual(await playIn({ ...played, ...short }, scenario), whole)
    })
  // What is asked and answered within one task makes no history long.
  test('most runs had several', () => assert.ok(begun > 2 * chosen.length, `${begun} histories`))
})
