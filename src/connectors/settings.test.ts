import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSettings, readAccounts } from './settings.ts'

test('without settings no connector is configured', () => {
  assert.deepEqual(readAccounts({ SIJIL_HUBSPOT_TOKEN: '', PATH: '/bin' }).all, [])
})

test('a connector with its settings is configured, and the defaults are the vendor', () => {
  const [hubspot, ...others] = readAccounts({ SIJIL_HUBSPOT_TOKEN: 'a-token' }).all
  assert.equal(hubspot?.connector.key, 'hubspot')
  assert.deepEqual(others, [])
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
