import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineFor, engineOfWorkflow } from './engine-for.ts'

test('short runs inline, medium on local, and long on Temporal only where it is configured', () => {
  for (const long of ['local', 'temporal'] as const) {
    assert.equal(engineFor('short', { long }), 'inline')
    assert.equal(engineFor('medium', { long }), 'local')
    assert.equal(engineFor('long', { long }), long)
  }
})

test('a workflow that is named starts on Temporal, unless it is short', () => {
  const choice = { long: 'local', onTemporal: ['named'] } as const
  const engines = (name: string) =>
    (['short', 'medium', 'long'] as const).map((runsAs) => engineOfWorkflow({ name, runsAs }, choice))
  assert.deepEqual(engines('named'), ['inline', 'temporal', 'temporal'])
  assert.deepEqual(engines('another'), ['inline', 'local', 'local'])
})
