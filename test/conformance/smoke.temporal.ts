import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TestWorld } from '../../src/testing/index.ts'
import { workflows } from '../../src/workflows/index.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { openCluster, type TestCluster } from './on-temporal.ts'

const policies = { open_partner_record: 'A', acknowledge_application: 'A' } as const
const application = {
  company: 'Nakheel Technologies',
  registration: { kind: 'unified', number: '7001234567' },
  contact: { name: 'Sara Al-Otaibi', email: 'sara@nakheel.example', mobile: '0501234567' },
  language: 'ar',
  partnership: 'distribution',
  territories: ['riyadh'],
  yearsActive: 12,
  employees: 60,
  annualRevenueSar: 25_000_000,
  representsCompetitor: false,
}

describe('partner approval on Temporal', () => {
  const database = ledgerForSuite('postgres')
  let cluster: TestCluster
  before(async () => {
    cluster = await openCluster(new URL('../../src/composition/temporal-workflows.ts', import.meta.url))
  })
  after(() => cluster.close())

  test('rejected by the manager', async () => {
    const world = await TestWorld.open({
      database: database(),
      workflows,
      policies,
      openEngine: cluster.openEngine,
      placement: 'temporal',
    })
    const run = await world.start('partner-approval', application)
    await run.rejectAs('manager', 'not now')
    const view = await run.view()
    assert.equal(view.outcome, 'rejected')
    assert.equal(view.undo, 'compensated')
    await world.close()
  })
})
