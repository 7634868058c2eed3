import assert from 'node:assert/strict'
import { before } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/connectors/facade/call-limits.ts'
import { Facade } from '../../src/connectors/facade/facade.ts'
import { ConnectorMetrics } from '../../src/connectors/metrics.ts'
import type { LocalEngine } from '../../src/engine/local/local-engine.ts'
import type { EffectScope } from '../../src/engine/systems.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)
const account = { tenant: '', connector: 'vendor', account: 'default' }
const rate = { calls: 100, perMs: 1_000 }

/** A process whose vendor for signatures stands behind a facade. */
async function openProcess(world: EngineWorld): Promise<{ readonly engine: LocalEngine; readonly facade: Facade }> {
  const limitsOf = () => DEFAULT_LIMITS
  const facade = new Facade({ database: world.database, metrics: new ConnectorMetrics(), limitsOf })
  const through = <Answer>(scope: EffectScope, work: () => Promise<Answer>) =>
    facade.through({ account, operation: 'send', rate }, scope, work)
  const engine = await startProcess(world, [signing], {
    holdsBack: ({ tenant }) => facade.holdsBack(tenant, account),
    openSystems: (scope) => {
      const { esign, ...systems } = world.openSystems(scope)
      return {
        ...systems,
        esign: {
          ...esign,
          sendEnvelope: (envelope) => through(scope, () => esign.sendEnvelope(envelope)),
          voidEnvelope: (voiding) => through(scope, () => esign.voidEnvelope(voiding)),
        },
      }
    },
  })
  return { engine, facade }
}

onBothDatabases('A paused connector', (database) => {
  before(() => migrate(database()))
  const behindFacade = (
    title: string,
    body: (world: EngineWorld, engine: LocalEngine, pauses: Facade['pauses']) => Promise<void>,
  ) =>
    worlds(database)(title, { workflows: [] }, async (world) => {
      const { engine, facade } = await openProcess(world)
      try {
        await body(world, engine, facade.pauses)
      } finally {
        engine.abandon()
      }
    })
  const byOperator = (world: EngineWorld) => ({ tenant: world.tenant, person: 'operator', source: 'test' })
  const start = (engine: LocalEngine, world: EngineWorld): string =>
    engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' }).id
  const effectOf = async (world: EngineWorld, run: string) => {
    const [effect] = await world.sql<{ state: string; problem: string | null }>(
      'select state, problem from sijil.effects where run = $1',
      [run],
    )
    return effect
  }

  behindFacade(
    'keeps a run waiting for days, and lets it go on at once when it is resumed',
    async (world, engine, pauses) => {
      assert.equal(await pauses.pause(byOperator(world), account, 'the vendor asked us to'), 'PAUSED')
      const run = start(engine, world)
      await engine.idle()
      for (let day = 0; day < 3; day += 1) {
        await world.setClock(world.now + 86_400_000)
        await engine.clockMoved()
        await engine.idle()
      }
      assert.deepEqual(world.acts, [])
      assert.equal((await world.status(run)).status, 'waiting')
      assert.match((await effectOf(world, run))?.problem ?? '', /^CONNECTOR_PAUSED: vendor\/default is paused/)
      const { answer, runs } = await pauses.resume(byOperator(world), account, 'the vendor is back')
      assert.deepEqual([answer, runs], ['RESUMED', [run]])
      for (const woken of runs) engine.wake(woken)
      await engine.idle() // by the clock no time has passed
      assert.equal((await world.status(run)).outcome, 'completed')
      assert.equal(world.acts.length, 1)
    },
  )

  behindFacade('keeps a question waiting, and the effect is not left to a person', async (world, engine, pauses) => {
    world.faults.set('esign send', ['hang, acted'])
    const run = start(engine, world)
    while (world.acts.length < 1) await new Promise((resolve) => setImmediate(resolve))
    await pauses.pause(byOperator(world), account, 'the vendor asked us to')
    engine.abandon() // it dies while the vendor acts
    await world.setClock(world.now + 3_600_000)
    const successor = await openProcess(world)
    try {
      await successor.engine.idle()
      await world.setClock(world.now + 3_600_000)
      await successor.engine.clockMoved()
      await successor.engine.idle()
      assert.equal((await effectOf(world, run))?.state, 'started')
      const { runs } = await successor.facade.pauses.resume(byOperator(world), account, 'the vendor is back')
      for (const woken of runs) successor.engine.wake(woken)
      await successor.engine.idle()
      assert.equal((await world.status(run)).outcome, 'completed')
      assert.equal(world.acts.length, 1)
    } finally {
      successor.engine.abandon()
    }
  })
})
