import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSettings, readAccounts } from './settings.ts'

test('without settings only what is built in plays a role, and gives it up to whoever is configured', () => {
  const keysOf = (environment: Readonly<Record<string, string>>) =>
    readAccounts(environment)
      .all.filter(({ connector }) => connector.system === 'crm' || !connector.builtIn)
      .map(({ connector }) => connector.key)
  assert.deepEqual(keysOf({ SIJIL_HUBSPOT_TOKEN: '', PATH: '/bin' }), ['built-in-crm'])
  assert.deepEqual(keysOf({ SIJIL_HUBSPOT_TOKEN: 'a-token' }), ['hubspot'])
  assert.deepEqual(keysOf({ SIJIL_HUBSPOT_TOKEN: 'a-token', SIJIL_CRM: 'built-in-crm' }), ['hubspot', 'built-in-crm'])
})

test('a connector with its settings is configured, and the defaults are the vendor', () => {
  const vendors = readAccounts({ SIJIL_HUBSPOT_TOKEN: 'a-token' }).all.filter(({ connector }) => !connector.builtIn)
  assert.deepEqual(
    vendors.map(({ connector }) => connector.key),
    ['hubspot'],
  )
})

test('all problems of all connectors are told at once, and no value is', () => {
  const environment = {
    SIJIL_SMTP_URL: 'mail.example:25/hunter2',
    SIJIL_WHATSAPP_TOKEN: 'hunter2',
    SIJIL_HUBSPOT_URL: 'http://crm.example/hunter2',
    SIJIL_DOCUSIGN_PRIVATE_KEY: 'hunter2',
    SIJIL_DOCUSIGN_SETTLING_SECONDS: 'soon hunter2',
  }
  assert.throws(
    () => readAccounts(environment),
    (error) => {
      assert.ok(error instanceof InvalidSettings)
      assert.ok(!error.message.includes('hunter2'), error.message)
      assert.deepEqual(
        error.problems.map((problem) => problem.split(/[ :]/)[0]),
        [
          'SIJIL_SMTP_URL',
          'SIJIL_SMTP_FROM',
          'SIJIL_WHATSAPP_PHONE_NUMBER_ID',
          'SIJIL_WHATSAPP_APP_SECRET',
          'SIJIL_WHATSAPP_VERIFY_TOKEN',
          'SIJIL_HUBSPOT_URL',
          'SIJIL_HUBSPOT_TOKEN',
          'SIJIL_DOCUSIGN_ACCOUNT_ID',
          'SIJIL_DOCUSIGN_USER_ID',
          'SIJIL_DOCUSIGN_INTEGRATION_KEY',
          'SIJIL_DOCUSIGN_PRIVATE_KEY',
          'SIJIL_DOCUSIGN_HMAC_KEYS',
          'SIJIL_DOCUSIGN_SETTLING_SECONDS',
        ],
      )
      return true
    },
  )
})
