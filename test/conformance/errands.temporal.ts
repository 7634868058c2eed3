/** What a worker answers to an errand is asked of it directly: at some moments the cluster comes by chance only. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Errands } from '../../src/engine/temporal/wire.ts'
import { TestWorld } from '../../src/testing/index.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { clusterForSuite } from './on-temporal.ts'
import { played } from './scenarios.ts'

describe('An errand', () => {
  const database = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('sandbox.ts', import.meta.url))

  test('that parks a run until now is answered at once: whoever calls the flow asks again', {
    timeout: 20_000,
  }, async () => {
    const errands: Errands[] = []
    await using world = await TestWorld.open({
      ...played,
      database: database(),
      placement: 'temporal',
      openEngine: (settings) =>
        cluster().openEngine(settings, (given) => {
          errands.push(given)
          return given
        }),
    })
    const run = await world.start('council', { id: 'parked', items: [] })
    const ref = { tenant: world.tenant, run: run.id, epoch: 1 }
    const report = await errands[0]?.wait(ref, { opens: [], opened: [], parks: { askAgainMs: 0 } })
    assert.deepEqual(report, { kind: 'done', answers: [], askAgainMs: 0, effects: [], cancel: undefined })
    await run.approveAs('legal')
    await run.approveAs('director')
    await run.approveAs('legal')
    assert.equal(await run.outcome(), 'completed')
  })
})
