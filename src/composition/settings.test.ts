import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readSettings, UnusableSettings } from './settings.ts'

suite('the settings', () => {
  test('have defaults that reach nobody outside this machine', () => {
    const { host, port, dataDir, keysDir, databaseUrl, durability, connectors } = readSettings({})
    assert.deepEqual(
      { host, port, dataDir, keysDir, databaseUrl, durability, connectors },
      {
        host: '127.0.0.1',
        port: 4747,
        dataDir: '.sijil',
        keysDir: '.sijil-keys',
        databaseUrl: undefined,
        durability: 'travelling',
        connectors: [],
      },
    )
  })

  test('keep the keys beside the data and not within it', () => {
    assert.equal(readSettings({ SIJIL_DATA: '/srv/sijil/' }).keysDir, '/srv/sijil-keys')
    assert.equal(readSettings({ SIJIL_DATA: '/srv/sijil', SIJIL_KEYS: '/keys' }).keysDir, '/keys')
  })

  test('take a variable that is set to nothing for one that is not set', () => {
    assert.equal(readSettings({ SIJIL_PORT: ' ' }).port, 4747)
  })

  test('tell all problems at once, those of the connectors too, and no value', () => {
    const environment = {
      SIJIL_PORT: 'secret-port',
      DATABASE_URL: 'mysql://user:secret@host/db',
      SIJIL_DURABILITY: 'never',
      SIJIL_HUBSPOT_URL: 'http://secret.example',
    }
    assert.throws(
      () => readSettings(environment),
      (error: unknown) => {
        assert.ok(error instanceof UnusableSettings)
        for (const name of [...Object.keys(environment), 'SIJIL_HUBSPOT_TOKEN'])
          assert.ok(error.message.includes(name), name)
        assert.doesNotMatch(error.message, /secret/)
        return true
      },
    )
  })
})
