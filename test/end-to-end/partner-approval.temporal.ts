/** One machine's Sijil, embedded ledger and all, whose partner approvals run on a Temporal server beside it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Client, Connection } from '@temporalio/client'
import { z } from 'zod'
import { end, until } from '../../scripts/start/process-output.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { payloadCodec } from '../../src/engine/temporal/payload-codec.ts'
import { loadPayloadKeys } from '../../src/trust/payload-keys.ts'
import { freePort } from '../support/free-port.ts'
import { Deal } from './deal.ts'

const Health = z.looseObject({
  state: z.string(),
  temporal: z.looseObject({ state: z.string(), untoldRuns: z.int() }),
})
const RunView = z.looseObject({ outcome: z.string().nullable(), undo: z.string().nullable(), pivoted: z.boolean() })
/** What Temporal's page shows of a workflow besides its history. */
const Shown = z.looseObject({ currentDetails: z.string() })
const Verified = z.looseObject({ findings: z.array(z.unknown()) })

suite('a partnership that runs on Temporal', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-temporal-'))
  const file = join(folder, 'server.db')
  let server: DevServer
  let client: Client
  let metricsAddress: string
  let deal: Deal
  before(async () => {
    server = await startDevServer({ file })
    metricsAddress = `127.0.0.1:${await freePort()}`
    deal = await Deal.open({
      SIJIL_ENGINE: 'temporal:partner-approval',
      SIJIL_TEMPORAL_ADDRESS: server.address,
      SIJIL_TEMPORAL_METRICS: metricsAddress,
    })
    const keys = await loadPayloadKeys({ directory: join(deal.home, 'data-keys') })
    client = new Client({
      connection: await Connection.connect({ address: server.address }),
      dataConverter: { payloadCodecs: [payloadCodec(keys)] },
    })
  })
  after(async () => {
    await deal.close()
    await client.connection.close()
    await end(server.child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const health = async () => Health.parse(await deal.people.ask('noura', 'GET', '/health'))
  const viewOf = async (run: string) => RunView.parse(await deal.people.ask('noura', 'GET', `/runs/${run}`))

  test('an operator finds the run in Temporal by tenant, workflow and what it waits for', async () => {
    const run = await deal.people.startSample('first')
    await deal.standing(run, 'Review the application')
    const ofDeal = `and SijilDeal = '${run}'` // it begins one
    const query = `SijilTenant = 'madar' and SijilWorkflow = 'partner-approval' and SijilStage = 'Review the application' ${ofDeal}`
    const found = await until(
      async () => {
        for await (const one of client.workflow.list({ query })) return one
        return undefined
      },
      { what: 'Temporal lists the run' },
    )
    assert.equal(found.workflowId, `${run}.1`)
    assert.deepEqual(found.memo, { waitsFor: 'Review the application' })
    const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text()
    assert.match(metrics, /^temporal_workflow_task_execution_latency/m)
  })

  test('goes on after Sijil is killed, and after Temporal was away while people decided', async () => {
    const run = await deal.people.startSample('first')
    await deal.kill()
    await deal.start()
    assert.deepEqual((await health()).temporal, { state: 'up', untoldRuns: 0 })

    const { port } = new URL(`http://${server.address}`)
    await end(server.child, 'SIGKILL')
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    const later = await deal.people.startSample('later', { ...sampleApplication, company: 'شركة لاحقة' })
    const away = await health()
    assert.deepEqual([away.state, away.temporal.state], ['up', 'down'])
    assert.match(await deal.command('health'), /^temporal {4}down/m)
    server = await startDevServer({ file, port: Number(port) })

    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.sign()
    await deal.standing(run, 'completed')
    await deal.standing(later, 'Review the application')

    const named = (await deal.acts()).filter(({ key }) => key !== undefined)
    const acts = named.map(({ vendor, action, key }) => `${vendor} ${action} ${key}`)
    assert.deepEqual(acts.toSorted(), [...new Set(acts)].toSorted())
    assert.deepEqual(Verified.parse(await deal.people.ask('yousef', 'POST', '/ledger/verify')).findings, [])
  })

  test('a run that somebody cancels in Temporal takes back what it has done', async () => {
    const run = await deal.people.startSample('cancelled', { ...sampleApplication, company: 'شركة ملغاة' })
    await deal.standing(run, 'Review the application')
    await client.workflow.getHandle(`${run}.1`).cancel()
    await deal.standing(run, 'cancelled')
    assert.equal((await viewOf(run)).undo, 'compensated')
    const { status } = await client.workflow.getHandle(`${run}.1`).describe()
    assert.equal(status.name, 'COMPLETED', 'the workflow of the run has come to its own end')
  })

  test('a run that somebody cancels in Temporal after all have signed goes on, and whoever cancelled is told there', async () => {
    const run = await deal.people.startSample('pivoted', { ...sampleApplication, company: 'شركة موقعة' })
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.fault({ vendor: 'hubspot', kind: 'limit', times: '1000' })
    await deal.sign()
    const handle = client.workflow.getHandle(`${run}.1`)
    await until(async () => ((await viewOf(run)).pivoted ? true : undefined), { what: 'all have signed' })
    await handle.cancel()
    const shown = async () => Shown.parse(await handle.query('__temporal_workflow_metadata')).currentDetails
    const details = await until(async () => ((await shown()).includes('not followed') ? shown() : undefined), {
      what: 'the page of the run says that it was not cancelled',
    })
    assert.match(details, /not followed \(AFTER_PIVOT\), and the run goes on/)
    await until(async () => (/a cancellation in Temporal was not followed/.test(deal.said) ? true : undefined), {
      what: 'the log says so too',
    })
    await deal.noFaults()
    await deal.standing(run, 'completed')
    assert.equal((await viewOf(run)).undo, 'nothing')
  })

  test('a cluster that has forgotten everything is told again, whether or not it knows what runs are searched by', async () => {
    const run = await deal.people.startSample('forgotten', { ...sampleApplication, company: 'شركة منسية' })
    await deal.standing(run, 'Review the application')
    await end(server.child, 'SIGKILL')
    server = await startDevServer({
      file: join(folder, 'another.db'),
      port: Number(new URL(`http://${server.address}`).port),
      isSearchable: false,
    })
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.standing(run, 'Legal review of the terms')
    const acts = (await deal.acts()).filter(({ key }) => key?.startsWith(run) === true)
    assert.equal(acts.length, 2, 'what was done before is not done again')
  })
})
