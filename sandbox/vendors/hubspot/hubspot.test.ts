import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SafeToRepeat } from '../../../src/flow/failure.ts'
import { connectorSuite } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { partner, savePartner } from './subjects.ts'
import { hubspot } from './vendor.ts'

connectorSuite(savePartner)

test('saving a partner twice writes one record, and says who created it', async () => {
  const world = await startWorld()
  const save = (key: string, stage: 'applicant' | 'closed', mode: 'make' | 'probe' = 'make') =>
    world.open({ mode, key }).crm.savePartner({ ...partner, stage })
  try {
    const first = await save('run/open#1', 'applicant')
    assert.deepEqual(await save('run/open#1', 'applicant'), { recordId: first.recordId, created: false })
    assert.equal(first.created, true)
    await save('run/close#1', 'closed')
    assert.equal(world.sandbox.of(hubspot).companies().length, 1)
    // A later write does not hide the earlier one from its probe: repeating it would bring the old stage back.
    assert.deepEqual(await save('run/open#1', 'applicant', 'probe'), first)
    assert.deepEqual(await save('run/close#1', 'closed', 'probe'), { recordId: first.recordId, created: false })
    await assert.rejects(save('run/other#1', 'closed', 'probe'), SafeToRepeat)
  } finally {
    await world.close()
  }
})
