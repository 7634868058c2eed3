/** HubSpot's own client does what the connector does: its requests and its reading of the answers are the vendor's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@hubspot/api-client'
import { startWorld } from '../../test-world.ts'
import { hubspot } from './vendor.ts'

test('the official client upserts a company by our id, reads it with its history, and is refused without a token', async () => {
  const { sandbox, open, close } = await startWorld({ settingsFor: ['hubspot'] })
  const basePath = sandbox.settings['SIJIL_HUBSPOT_URL'] ?? ''
  const client = new Client({ accessToken: sandbox.settings['SIJIL_HUBSPOT_TOKEN'] ?? '', basePath })
  const upsert = (key: string, stage: string) =>
    client.crm.companies.batchApi.upsert({
      inputs: [
        {
          id: 'partner-41',
          idProperty: 'sijil_id',
          properties: { name: 'Najd Trading', sijil_id: 'partner-41', sijil_key: key, sijil_stage: stage },
        },
      ],
    })
  try {
    const [first] = (await upsert('run/open#1', 'applicant')).results
    const [again] = (await upsert('run/close#1', 'closed')).results
    assert.equal(first?._new, true)
    assert.deepEqual({ id: again?.id, _new: again?._new }, { id: first?.id, _new: false })
    assert.ok(first?.createdAt instanceof Date)

    const read = await client.crm.companies.basicApi.getById(
      'partner-41',
      undefined,
      ['sijil_key'],
      undefined,
      false,
      'sijil_id',
    )
    assert.deepEqual(
      read.propertiesWithHistory?.['sijil_key']?.map(({ value }) => value),
      ['run/close#1', 'run/open#1'],
    )
    // What its client has written, the connector's probe finds.
    const probe = open({ mode: 'probe', key: 'run/open#1' }).crm
    const partner = { externalId: 'partner-41', stage: 'applicant', properties: { name: 'Najd Trading' } } as const
    assert.deepEqual(await probe.savePartner(partner), { recordId: first?.id, created: true })
    assert.equal(sandbox.of(hubspot).companies().length, 1)

    const stranger = new Client({ accessToken: 'wrong', basePath, numberOfApiCallRetries: 0 })
    await assert.rejects(stranger.crm.companies.basicApi.getPage(1), { code: 401 })
  } finally {
    await close()
  }
})
