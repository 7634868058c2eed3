import assert from 'node:assert/strict'
import { before } from 'node:test'
import { accountMemory } from '../../src/connectors/account-memory.ts'
import { openAccounts } from '../../src/connectors/accounts.ts'
import type { ConfiguredConnector } from '../../src/connectors/configured-connector.ts'
import { DEFAULT_LIMITS } from '../../src/connectors/facade/call-limits.ts'
import { Facade } from '../../src/connectors/facade/facade.ts'
import { openHoldsBack } from '../../src/connectors/holds-back.ts'
import { ConnectorMetrics } from '../../src/connectors/metrics.ts'
import { openSystems } from '../../src/connectors/open-systems.ts'
import { readAccounts } from '../../src/connectors/settings.ts'
import type { LocalEngine } from '../../src/engine/local/local-engine.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { heldContacts } from '../support/held-contacts.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const DAY_MS = 86_400_000
const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)
const esign = readAccounts({
  SIJIL_ADOBE_SIGN_URL: 'https://vendor.example',
  SIJIL_ADOBE_SIGN_CLIENT_ID: 'id',
  SIJIL_ADOBE_SIGN_CLIENT_SECRET: 'secret',
  SIJIL_ADOBE_SIGN_REFRESH_TOKEN: 'token',
}).all.find(({ connector }) => connector.system === 'esign')
assert.ok(esign)
const { sendEnvelope } = esign.operations
assert.ok(sendEnvelope)

/** Two vendors for signatures, whose acts the world keeps. */
type Vendor = 'old' | 'new'
const accountOf = (key: Vendor) => ({ tenant: '', connector: key, account: 'default' })
const vendorIn = (world: EngineWorld, key: Vendor): ConfiguredConnector => ({
  ...esign,
  webhook: undefined,
  connector: { ...esign.connector, key },
  operations: {
    sendEnvelope: {
      ...sendEnvelope,
      // What the step asks for is nothing that the world looks at.
      run: (_request, scope) =>
        world
          .openSystems(scope)
          .esign.sendEnvelope({ subject: '', message: '', document: { name: '', contentBase64: '' }, signers: [] }),
    },
  },
})

/** A process of the product with both vendors, of which one is the tenant's now. */
async function openProcess(world: EngineWorld, playing: Vendor) {
  const { database } = world
  const problems: string[] = []
  const accounts = openAccounts(
    [vendorIn(world, 'old'), vendorIn(world, 'new')],
    { environment: { esign: playing }, tenants: {} },
    problems,
  )
  assert.deepEqual(problems, [])
  const metrics = new ConnectorMetrics()
  const facade = new Facade({ database, metrics, limitsOf: () => DEFAULT_LIMITS })
  const parts = { memory: accountMemory(database), metrics, database, contacts: heldContacts(), around: facade }
  const engine = await startProcess(world, [signing], {
    openSystems: openSystems(accounts, parts),
    holdsBack: openHoldsBack(accounts, parts),
  })
  return { engine, pauses: facade.pauses }
}

onBothDatabases('A run that is bound to an account', (database) => {
  before(() => migrate(database()))
  const by = (world: EngineWorld) => ({ tenant: world.tenant, person: 'operator', source: 'test' })
  const start = (engine: LocalEngine, world: EngineWorld): string =>
    engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' }).id
  const attemptsOf = async (world: EngineWorld, run: string) =>
    (await world.sql<{ attempt: number }>('select attempt from sijil.effects where run = $1', [run]))[0]?.attempt
  const daysPass = async (world: EngineWorld, engine: LocalEngine) => {
    for (let day = 0; day < 3; day += 1) {
      await world.setClock(world.now + DAY_MS)
      await engine.clockMoved()
      await engine.idle()
    }
  }

  /** A run that the pause of the old vendor has held back, and the process after the change to the new one. */
  const afterTheChange = (
    title: string,
    body: (world: EngineWorld, run: string, process: Awaited<ReturnType<typeof openProcess>>) => Promise<void>,
  ) =>
    worlds(database)(title, { workflows: [] }, async (world) => {
      const first = await openProcess(world, 'old')
      let second: Awaited<ReturnType<typeof openProcess>> | undefined
      try {
        await first.pauses.pause(by(world), accountOf('old'), 'it asked us to')
        const run = start(first.engine, world)
        await first.engine.idle()
        first.engine.abandon()
        await world.setClock(world.now + DAY_MS)
        second = await openProcess(world, 'new')
        await second.engine.idle()
        await body(world, run, second)
      } finally {
        first.engine.abandon()
        second?.engine.abandon()
      }
    })

  afterTheChange(
    'waits as long as that one is paused, without a word in the ledger, whatever the tenant uses by then',
    async (world, run, { engine, pauses }) => {
      const attempts = await attemptsOf(world, run)
      await daysPass(world, engine)
      assert.equal(await attemptsOf(world, run), attempts)
      assert.deepEqual(world.acts, [])
      const { runs } = await pauses.resume(by(world), accountOf('old'), 'it is back')
      assert.deepEqual(runs, [run])
      for (const woken of runs) engine.wake(woken)
      await engine.idle()
      assert.equal((await world.status(run)).outcome, 'completed')
      assert.equal(world.acts.length, 1)
    },
  )

  afterTheChange('goes on when that one does, though the other is paused', async (world, run, { engine, pauses }) => {
    await pauses.pause(by(world), accountOf('new'), 'it asked us to')
    await pauses.resume(by(world), accountOf('old'), 'it is back')
    engine.wake(run)
    await engine.idle()
    assert.equal((await world.status(run)).outcome, 'completed')
    const other = start(engine, world)
    await engine.idle()
    await daysPass(world, engine)
    assert.equal(await attemptsOf(world, other), 1)
    assert.deepEqual(
      world.acts.map(({ key }) => key),
      [`${run}/sign`],
    )
  })
})
