import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { EffectScope } from '../../engine/systems.ts'
import { SafeToRepeat } from '../../flow/failure.ts'
import { migrate } from '../../ledger/migrate.ts'
import { readPartner } from '../../ledger/reading/partners.ts'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { heldContacts } from '../../../test/support/held-contacts.ts'
import { ConnectorMetrics } from '../metrics.ts'
import { openSystems } from '../open-systems.ts'
import { readAccounts } from '../settings.ts'

const memory = { used: async () => [], note: async () => {} }

onBothDatabases('The built-in CRM', (database) => {
  before(() => migrate(database()))

  const save = (key: string, stage: 'applicant' | 'closed', more: Partial<EffectScope> = {}) => {
    const scope: EffectScope = {
      mode: 'make',
      tenant: 'najd',
      key,
      now: 0,
      deadline: 60_000,
      abort: new AbortController().signal,
      begin: () => {},
      sightings: async () => [],
      ...more,
    }
    const parts = { memory, metrics: new ConnectorMetrics(), database: database(), contacts: heldContacts() }
    const { crm } = openSystems(readAccounts({}), parts)(scope)
    return crm.savePartner({ externalId: 'p-1', stage, properties: { name: 'شركة نجد' } })
  }

  test('plays its role where nothing else is configured, and acts once for each key', async () => {
    await assert.rejects(save('run/open#1', 'applicant', { mode: 'probe' }), SafeToRepeat)
    const first = await save('run/open#1', 'applicant')
    assert.equal(first.created, true)
    assert.deepEqual(await save('run/open#1', 'applicant', { mode: 'probe' }), first)
    await save('run/close#1', 'closed')
    // What was lost on the way and comes late brings nothing old back.
    assert.deepEqual(await save('run/open#1', 'applicant'), first)
    const partner = await readPartner(database(), 'najd', 'p-1')
    assert.equal(partner?.stage, 'closed')
    assert.equal(partner.writes.length, 2)
  })

  test('writes nothing when the engine takes its leave back, or its time is over', async () => {
    const begin = () => {
      throw new Error('the lease is lost')
    }
    await assert.rejects(save('run/lost#1', 'closed', { begin }), /the lease is lost/)
    await assert.rejects(save('run/late#1', 'closed', { now: 1_000, deadline: 1_000 }), { code: 'TOO_LATE' })
    assert.ok((await readPartner(database(), 'najd', 'p-1'))?.writes.every(({ key }) => !/lost|late/.test(key)))
  })
})
