import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EffectScope } from '../engine/systems.ts'
import { EffectNotMade } from '../flow/failure.ts'
import { ConnectorMetrics } from './metrics.ts'
import { openSystems } from './open-systems.ts'
import { noLedger } from '../../test/support/no-database.ts'
import { readAccounts } from './settings.ts'

const scope: EffectScope = {
  mode: 'make',
  tenant: 'demo',
  key: 'run/step#1',
  now: 0,
  deadline: 60_000,
  abort: new AbortController().signal,
  begin: () => assert.fail('nothing may leave'),
  sightings: async () => [],
}
const memory = { used: async () => [], note: () => assert.fail('nobody was chosen') }

test('a role that nobody plays says which settings are missing, and sends nothing', async () => {
  const parts = { memory, metrics: new ConnectorMetrics(), ...noLedger() }
  const { esign } = openSystems(readAccounts({}), parts)(scope)
  await assert.rejects(esign.voidEnvelope({ envelopeId: 'e', reason: 'r' }), (error) => {
    assert.ok(error instanceof EffectNotMade)
    assert.match(error.message, /for docusign .*SIJIL_DOCUSIGN_ACCOUNT_ID/)
    return true
  })
})
