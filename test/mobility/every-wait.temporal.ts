/** Every scenario with its run moved at every wait, from one engine to the other and back: the same end as without. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clusterForSuite } from '../conformance/on-temporal.ts'
import { type Observed, playIn } from '../conformance/scenario.ts'
import { played, scenarios } from '../conformance/scenarios.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { openMoving } from './both-engines.ts'

describe('A run that is moved at every wait', () => {
  const settled = ledgerForSuite('postgres')
  const moving = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('../conformance/sandbox.ts', import.meta.url))

  for (const scenario of scenarios)
    test(scenario.title, { timeout: 60_000 }, async () => {
      const moves = { count: 0 }
      const stayed = await playIn({ ...played, database: settled() }, scenario)
      const moved = await playIn(
        { ...played, database: moving(), openEngine: (settings) => openMoving(cluster(), settings, moves) },
        scenario,
      )
      assert.deepEqual(withoutMoves(moved), stayed)
      assert.equal(moved.audit.length - stayed.audit.length, moves.count)
    })
})

const withoutMoves = (observed: Observed): Observed => ({
  ...observed,
  audit: observed.audit.filter((line) => !line.startsWith('run.moved ')),
})
