import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EffectScope } from '../engine/systems.ts'
import { EffectNotMade } from '../flow/failure.ts'
import { ConnectorMetrics } from './metrics.ts'
import { openSystems } from './open-systems.ts'
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
  const { crm } = openSystems(readAccounts({}), memory, new ConnectorMetrics())(scope)
  await assert.rejects(crm.savePartner({ externalId: 'p', stage: 'active', properties: {} }), (error) => {
    assert.ok(error instanceof EffectNotMade)
    assert.match(error.message, /for hubspot .*SIJIL_HUBSPOT_TOKEN.* or for salesforce .*SIJIL_SALESFORCE_URL/)
    return true
  })
})
