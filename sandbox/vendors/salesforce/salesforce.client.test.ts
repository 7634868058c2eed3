/** jsforce, the community's client, does what the connector does: whoever wrote it read Salesforce's documents, not ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import jsforce from 'jsforce'
import { startWorld } from '../../test-world.ts'
import { salesforce } from './vendor.ts'

test('jsforce signs in, upserts by our id and reads it back', async () => {
  const { sandbox, close } = await startWorld({ settingsFor: ['salesforce'] })
  const setting = (name: string) => sandbox.settings[`SIJIL_SALESFORCE_${name}`] ?? ''
  try {
    const connection = new jsforce.Connection({
      oauth2: {
        clientId: setting('CLIENT_ID'),
        clientSecret: setting('CLIENT_SECRET'),
        loginUrl: setting('URL'),
      },
      version: '62.0',
    })
    const { access_token: accessToken, instance_url: instanceUrl } = await connection.oauth2.requestToken({
      grant_type: 'client_credentials',
      client_id: setting('CLIENT_ID'),
      client_secret: setting('CLIENT_SECRET'),
    })
    const signedIn = new jsforce.Connection({ accessToken, instanceUrl, version: '62.0' })
    const write = { Sijil_Id__c: 'partner-7', Name: 'Najd Trading', Sijil_Key__c: 'run/open#1' }
    const first = await signedIn.sobject('Account').upsert(write, 'Sijil_Id__c')
    assert.ok(first.success)
    const again = await signedIn.sobject('Account').upsert({ ...write, Sijil_Key__c: 'run/open#2' }, 'Sijil_Id__c')
    assert.equal(again.id, first.id)
    assert.deepEqual(
      sandbox
        .of(salesforce)
        .accounts()
        .map(({ fields }) => fields['Sijil_Key__c']),
      ['run/open#2'],
    )
    await assert.rejects(signedIn.sobject('Account').upsert({ ...write, Unknown__c: '1' }, 'Sijil_Id__c'), {
      errorCode: 'INVALID_FIELD',
    })
  } finally {
    await close()
  }
})
