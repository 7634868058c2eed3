import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectNotMade, SafeToRepeat } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { partner, savePartner } from './subjects.ts'
import { salesforce } from './vendor.ts'

const world = () => startWorld({ settingsFor: ['salesforce'] })

connectorSuite(savePartner)

const save = (
  { open }: World,
  key: string,
  { stage = 'applicant', mode = 'make' }: { stage?: 'applicant' | 'closed'; mode?: 'make' | 'probe' } = {},
) =>
  open({ mode, key }).crm.savePartner({ ...partner, properties: { ...partner.properties, term_months: '24' }, stage })

test('saving a partner twice writes one record, and says who created it', async () => {
  const { sandbox, close, ...rest } = await world()
  const here = { sandbox, close, ...rest }
  try {
    const first = await save(here, 'run/open#1')
    assert.equal(first.created, true)
    assert.deepEqual(await save(here, 'run/open#1', { mode: 'probe' }), first)
    assert.deepEqual(await save(here, 'run/close#1', { stage: 'closed' }), { ...first, created: false })
    await assert.rejects(save(here, 'run/open#1', { mode: 'probe' }), SafeToRepeat)
    const [account, ...more] = sandbox.of(salesforce).accounts()
    assert.deepEqual(more, [])
    assert.deepEqual(account?.fields, {
      Name: 'Najd Trading',
      Sijil_Term_Months__c: '24',
      Sijil_Stage__c: 'closed',
      Sijil_Key__c: 'run/close#1',
      Sijil_Id__c: 'partner-41',
    })
  } finally {
    await close()
  }
})

test('one token serves many calls, and a refused one is taken anew at the next attempt', async () => {
  const here = await world()
  const signIns = () => here.sandbox.requests().filter(({ operation }) => operation === 'signIn').length
  try {
    await save(here, 'run/open#1')
    await save(here, 'run/open#2')
    assert.equal(signIns(), 1)
    here.sandbox.of(salesforce).revokeTokens()
    const refused = await failureOf(save(here, 'run/open#3'))
    assert.ok(refused instanceof EffectNotMade && refused.code === 'CREDENTIALS_REFUSED')
    await save(here, 'run/open#3')
    assert.equal(signIns(), 2)
  } finally {
    await here.close()
  }
})
