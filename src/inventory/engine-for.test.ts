import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineFor } from './engine-for.ts'

test('short runs inline, medium on local, and long on Temporal only where it is configured', () => {
  for (const long of ['local', 'temporal'] as const) {
    assert.equal(engineFor('short', { long }), 'inline')
    assert.equal(engineFor('medium', { long }), 'local')
    assert.equal(engineFor('long', { long }), long)
  }
})
