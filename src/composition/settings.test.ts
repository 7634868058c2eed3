import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readSettings, UnusableSettings } from './settings.ts'

suite('the settings', () => {
  test('have defaults that reach nobody outside this machine', () => {
    const { host, port, dataDir, keysDir, databaseUrl, durability, startsOnTemporal, temporal, accounts } =
      readSettings({})
    assert.deepEqual(
      {
        host,
        port,
        dataDir,
        keysDir,
        databaseUrl,
        durability,
        startsOnTemporal,
        temporal,
        leavesIt: accounts.all.filter(({ connector }) => connector.external),
      },
      {
        host: '127.0.0.1',
        port: 4747,
        dataDir: '.sijil',
        keysDir: '.sijil-keys',
        databaseUrl: undefined,
        durability: 'travelling',
        startsOnTemporal: 'none',
        temporal: undefined,
        leavesIt: [],
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

  test('show metrics nowhere, or at an address of their own', () => {
    assert.equal(readSettings({}).metrics, undefined)
    assert.deepEqual(readSettings({ SIJIL_METRICS: '10.0.0.7:9464' }).metrics, { host: '10.0.0.7', port: 9_464 })
    assert.deepEqual(readSettings({ SIJIL_METRICS: '[::1]:80' }).metrics, { host: '::1', port: 80 })
  })

  test('keep what outgoing webhooks did for 90 days, or as many as they are told to', () => {
    const day = 86_400_000
    assert.equal(readSettings({}).webhookKeepMs, 90 * day)
    assert.equal(readSettings({ SIJIL_WEBHOOK_KEEP_DAYS: '7' }).webhookKeepMs, 7 * day)
    for (const wrong of ['0', '-1', '1.5', 'a week', '36501'])
      assert.throws(
        () => readSettings({ SIJIL_WEBHOOK_KEEP_DAYS: wrong }),
        /SIJIL_WEBHOOK_KEEP_DAYS is not a whole number/,
      )
  })

  const cluster = { SIJIL_TEMPORAL_ADDRESS: 'temporal.example:7233' }

  test('send no run to Temporal until they are told to, also beside a cluster', () => {
    assert.equal(readSettings(cluster).startsOnTemporal, 'none')
    assert.equal(readSettings({ ...cluster, SIJIL_ENGINE: 'temporal' }).startsOnTemporal, 'long')
    assert.deepEqual(readSettings({ ...cluster, SIJIL_ENGINE: 'temporal:one,an-other' }).startsOnTemporal, [
      'one',
      'an-other',
    ])
  })

  test('take a cluster of the same machine without TLS, and Temporal Cloud with it', () => {
    const { temporal } = readSettings(cluster)
    assert.deepEqual(temporal, {
      address: 'temporal.example:7233',
      namespace: 'default',
      taskQueue: 'sijil',
      tls: false,
      tlsCaFile: undefined,
      tlsCertificate: undefined,
      apiKey: undefined,
      payloadKeys: undefined,
      cachedRuns: undefined,
      metricsAddress: undefined,
      opensPayloads: false,
    })
    assert.equal(readSettings({ ...cluster, SIJIL_TEMPORAL_CACHED_RUNS: '2000' }).temporal?.cachedRuns, 2_000)
    const cloud = { SIJIL_TEMPORAL_ADDRESS: 'eu-west-1.aws.api.temporal.io:7233', SIJIL_TEMPORAL_API_KEY: 'secret' }
    assert.equal(readSettings({ ...cloud, SIJIL_TEMPORAL_NAMESPACE: 'growth.a1b2c' }).temporal?.tls, true)
    const certificate = { SIJIL_TEMPORAL_TLS_CERT: '/tls/client.pem', SIJIL_TEMPORAL_TLS_KEY: '/tls/client.key' }
    assert.deepEqual(readSettings({ ...cluster, ...certificate }).temporal?.tlsCertificate, {
      certFile: '/tls/client.pem',
      keyFile: '/tls/client.key',
    })
  })

  const unusable: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'an engine that there is not': { ...cluster, SIJIL_ENGINE: 'remote' },
    'a list of workflows without names': { ...cluster, SIJIL_ENGINE: 'temporal:' },
    'runs that start on Temporal without a cluster': { SIJIL_ENGINE: 'temporal' },
    'an address without a port': { SIJIL_TEMPORAL_ADDRESS: 'temporal.example' },
    'an API key in clear text': { ...cluster, SIJIL_TEMPORAL_API_KEY: 'secret', SIJIL_TEMPORAL_TLS: 'off' },
    'a certificate without TLS': { ...cluster, SIJIL_TEMPORAL_TLS_CA: '/ca.pem', SIJIL_TEMPORAL_TLS: 'off' },
    'a certificate without its key': { ...cluster, SIJIL_TEMPORAL_TLS_CERT: '/client.pem' },
    'a namespace without a cluster': { SIJIL_TEMPORAL_NAMESPACE: 'growth' },
    'a codec that is neither on nor off': { ...cluster, SIJIL_TEMPORAL_CODEC: 'yes' },
    'so few cached runs that those at work would not fit': { ...cluster, SIJIL_TEMPORAL_CACHED_RUNS: '9' },
    'cached runs that are no number': { ...cluster, SIJIL_TEMPORAL_CACHED_RUNS: 'many' },
    'metrics of a worker on no port': { ...cluster, SIJIL_TEMPORAL_METRICS: '9090' },
    'metrics without an address': { SIJIL_METRICS: '9464' },
    'metrics on a port that there is not': { SIJIL_METRICS: '127.0.0.1:99999' },
  }
  for (const [what, environment] of Object.entries(unusable))
    test(`refuse ${what}`, () =>
      assert.throws(
        () => readSettings(environment),
        (error: unknown) => {
          assert.ok(error instanceof UnusableSettings)
          assert.equal(error.problems.length, 1)
          assert.doesNotMatch(error.message, /secret/)
          return true
        },
      ))
})
