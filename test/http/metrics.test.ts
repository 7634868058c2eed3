import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

/** What a line of the format may be, comments apart. */
const LINE = /^[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? \d+(\.\d+)?$/

suite('metrics', { timeout: 120_000 }, () => {
  let world: ServedWorld
  before(async () => {
    world = await openServedWorld({ SIJIL_METRICS: '127.0.0.1:0' })
  })
  after(() => world.close())

  const asked = (path = '/metrics', method = 'GET') => fetch(`${world.served.metricsUrl}${path}`, { method })
  const values = async () => {
    const lines = (await (await asked()).text()).trimEnd().split('\n')
    const samples = lines.filter((line) => !line.startsWith('# '))
    for (const line of samples) assert.match(line, LINE)
    return new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    )
  }

  test('tell how the parts are, and how the calls of each connector went', async () => {
    const idle = await values()
    assert.equal(idle.get('sijil_up{part="database"}'), 1)
    assert.equal(idle.get('sijil_up{part="engine"}'), 1)
    assert.equal(idle.get('sijil_connector_up{connector="hubspot"}'), 1)
    assert.ok(idle.has('sijil_sealing_rows'))

    await world.people.standingOf(await world.people.startSample('metrics'))
    const worked = await values()
    const of = '{connector="hubspot",operation="savePartner"}'
    assert.equal(worked.get(`sijil_connector_calls_total${of}`), 1)
    assert.equal(worked.get(`sijil_connector_calls_in_flight${of}`), 0)
    assert.equal(worked.get(`sijil_connector_call_seconds_count${of}`), 1)
    const buckets = [...worked].filter(([name]) =>
      name.startsWith(`sijil_connector_call_seconds_bucket${of.slice(0, -1)},`),
    )
    const counts = buckets.map(([, count]) => count)
    assert.deepEqual(
      counts,
      counts.toSorted((one, other) => one - other),
      'each holds what is in the one before',
    )
    assert.equal(buckets.at(-1)?.[0], `sijil_connector_call_seconds_bucket${of.slice(0, -1)},le="+Inf"}`)
    assert.equal(counts.at(-1), 1)
  })

  test('tell of calls that failed by their code, and name nobody', async () => {
    const errors = async () =>
      [...(await values())].filter(([name]) => name.startsWith('sijil_connector_errors_total{connector="hubspot"'))
    assert.deepEqual(await errors(), [])
    world.sandbox.faults.add({ vendor: 'hubspot', kind: 'fail' })
    await world.people.standingOf(await world.people.startSample('fails'))
    for (const [name] of await errors()) assert.match(name, /,code="[A-Za-z_]+"}$/)
    assert.notEqual((await errors()).length, 0)
    const text = await (await asked()).text()
    for (const name of [sampleApplication.contact.email, sampleApplication.company, SAMPLE_TENANT])
      assert.ok(!text.includes(name), name)
  })

  test('are at their own address only, and nothing else is there', async () => {
    assert.equal((await fetch(`${world.url}/metrics`)).status, 404)
    assert.equal((await asked('/runs')).status, 404)
    assert.equal((await asked('/metrics', 'POST')).status, 405)
    assert.match((await asked()).headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  })
})
