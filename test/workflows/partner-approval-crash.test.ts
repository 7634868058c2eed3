/** Partner approval, with a process that dies at every point of its life: nothing is lost and nothing is done twice. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import { workflows } from '../../src/workflows/index.ts'
import { onBothDatabases } from '../support/databases.ts'
import { application, type Life, live, lives, policies } from './partner-approval-lives.ts'

onBothDatabases('partner approval in a process that dies at any point', (database) => {
  before(() => migrate(database()))
  for (const life of lives) {
    test(`${life.title}: nothing is lost and nothing is done twice`, async () => {
      let deaths = 0
      for (let point = 1; ; point += 1) {
        await using world = await TestWorld.open({ database: database(), workflows, policies })
        const run = await world.start('partner-approval', application)
        world.crashAt(point)
        const died = await live(world, run, life)
        await assertEnded(world, run, life, `died at point ${point}`)
        if (!died) break
        deaths += 1
      }
      assert.ok(deaths > 5, `${deaths} deaths were tried`)
    })
  }
})

async function assertEnded(world: TestWorld, run: TestRun, { outcome, acts }: Life, at: string): Promise<void> {
  const view = await run.view()
  assert.equal(view.outcome, outcome, at)
  assert.equal(view.undo, outcome === 'completed' ? 'nothing' : 'compensated', at)
  const keys = world.vendors.acts.map(({ key }) => key.slice(run.id.length + 1).replace(/~\d+$/, ''))
  assert.deepEqual(keys.toSorted(), acts.toSorted(), at)
  assert.deepEqual(view.waits, [], at)
  assert.deepEqual(
    view.tasks.filter(({ state }) => state === 'open'),
    [],
    at,
  )
}
