/** Whatever a worker does may be done and not be told: asked again, it must come to the same end, with nothing done twice. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { losingAnswers } from './lost-answers.ts'
import { clusterForSuite, type TestCluster } from './on-temporal.ts'
import { playIn } from './scenario.ts'
import { played, scenarios } from './scenarios.ts'

/**
 * Not those in which timing decides which branch fails first, nor those in which a person acts while a lost answer may still be on
 * its way to being asked for again.
 */
const timed = /one item fails|a loser in doubt/

/** Every construct that asks for something else than a step; each errand is made twice, so that a few tell of all. */
const chosen = scenarios.filter(
  ({ title, sideBySide }) =>
    !timed.test(title) && (sideBySide || /^(a gate: (ret|esc)|a ladder: answered|a pivot|undo: one|stuck)/.test(title)),
)

describe('Every answer of a worker is lost once', () => {
  const local = ledgerForSuite('postgres')
  const apart = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('sandbox.ts', import.meta.url))

  const openEngine: TestCluster['openEngine'] = (settings) => cluster().openEngine(settings, losingAnswers)
  for (const scenario of chosen)
    test(scenario.title, { timeout: 60_000 }, async () => {
      const whole = await playIn({ ...played, database: local() }, scenario)
      const lossy = { database: apart(), openEngine, placement: 'temporal' } as const
      assert.deepEqual(await playIn({ ...played, ...lossy }, scenario), whole)
    })
})
