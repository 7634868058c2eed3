import assert from 'node:assert/strict'
import { before } from 'node:test'
import type { LocalEngine } from '../../src/engine/local/local-engine.ts'
import type { EffectScope, HeldBack } from '../../src/engine/systems.ts'
import { EffectHeldBack } from '../../src/flow/failure.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const opening = scenario('opening', async (flow, id) => (await flow.open(id)).recordId)
const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)
const reading = scenario('reading', async (flow, id) => flow.look(id))
const workflows = [opening, signing, reading]

/** A connector that lets nothing begin until it is let go. */
class Holding {
  readonly engines: LocalEngine[] = []
  isHolding: (scope: EffectScope) => boolean = () => true
  tried = 0
  reads = false
  /** What it says when it is asked beforehand. */
  beforehand: HeldBack | undefined

  async process(world: EngineWorld): Promise<LocalEngine> {
    const engine = await startProcess(world, workflows, {
      holdsBack: async () => this.beforehand,
      openSystems: (given) => {
        // A step that only reads may not begin; these connectors know nothing that only reads.
        const scope = this.reads ? { ...given, begin: () => {} } : given
        const { crm, esign, ...systems } = world.openSystems(scope)
        return {
          ...systems,
          crm: { savePartner: (partner) => this.#through(scope, () => crm.savePartner(partner)) },
          esign: {
            ...esign,
            sendEnvelope: (envelope) => this.#through(scope, () => esign.sendEnvelope(envelope)),
            voidEnvelope: (voiding) => this.#through(scope, () => esign.voidEnvelope(voiding)),
          },
        }
      },
    })
    this.engines.push(engine)
    return engine
  }

  async #through<Answer>(scope: EffectScope, call: () => Promise<Answer>): Promise<Answer> {
    this.tried += 1
    if (this.isHolding(scope)) throw new EffectHeldBack('CONNECTOR_PAUSED', 'somebody has paused it', 7_000)
    return call()
  }
}

interface Effect {
  readonly state: string
  readonly attempt: number
  readonly held: number
  readonly problem: string | null
}

onBothDatabases('What a connector holds back', (database) => {
  before(() => migrate(database()))
  /** The processes of a test are gone when it is over, also when it fails. */
  const heldBack = (title: string, body: (world: EngineWorld, connector: Holding) => Promise<void>) =>
    worlds(database)(title, { workflows: [] }, async (world) => {
      const connector = new Holding()
      try {
        await body(world, connector)
      } finally {
        for (const engine of connector.engines) engine.abandon()
      }
    })
  const start = (engine: LocalEngine, world: EngineWorld, workflow: string) =>
    engine.start({ tenant: world.tenant, workflow, requester: 'requester', input: 'x' })
  const effectOf = async (world: EngineWorld, run: string): Promise<Effect> => {
    const [effect] = await world.sql<Effect>(
      'select state, attempt, held, problem from sijil.effects where run = $1 order by started_seq limit 1',
      [run],
    )
    if (effect === undefined) throw new Error('there is no effect')
    return effect
  }
  const turns = async (engine: LocalEngine, world: EngineWorld, run: string, count: number): Promise<void> => {
    for (let turn = 0; turn < count && (await world.nextIsDue(run)); turn += 1) {
      await engine.clockMoved()
      await engine.idle()
    }
  }
  const audited = async (world: EngineWorld): Promise<number> =>
    (
      await world.sql<{ rows: number }>('select count(*)::int as rows from sijil.audit where tenant = $1', [
        world.tenant,
      ])
    )[0]?.rows ?? 0

  for (const workflow of ['opening', 'reading'] as const)
    heldBack(`waits for longer than the step would have tried (${workflow})`, async (world, connector) => {
      connector.reads = workflow === 'reading'
      const engine = await connector.process(world)
      const run = start(engine, world, workflow).id
      await engine.idle()
      await turns(engine, world, run, 20)
      const waiting = await effectOf(world, run)
      assert.deepEqual([waiting.state, waiting.attempt, waiting.held], ['not_made', 21, 21])
      assert.equal(waiting.problem, 'CONNECTOR_PAUSED: somebody has paused it')
      assert.equal((await world.status(run)).status, 'waiting')
      connector.isHolding = () => false
      world.faults.set('crm applicant', ['not made', 'not made'])
      await turns(engine, world, run, 3)
      assert.equal((await world.status(run)).outcome, 'completed')
      assert.equal(connector.tried, 24)
    })

  heldBack('has all the attempts of its step left when it is let go, and no more', async (world, connector) => {
    const engine = await connector.process(world)
    const run = start(engine, world, 'opening').id
    await engine.idle()
    await turns(engine, world, run, 3)
    connector.isHolding = () => false
    const triedBefore = connector.tried
    world.faults.set('crm applicant', Array<'not made'>(50).fill('not made'))
    await turns(engine, world, run, 50)
    const { retry } = opening.steps['open'] ?? assert.fail()
    assert.equal(connector.tried - triedBefore, retry.attempts)
    assert.equal((await world.status(run)).outcome, 'failed')
  })

  heldBack('goes on in another process when the one that waited has died', async (world, connector) => {
    const first = await connector.process(world)
    const run = start(first, world, 'opening').id
    await first.idle()
    first.abandon()
    await world.setClock(world.now + 60_000)
    connector.isHolding = () => false
    const second = await connector.process(world)
    await second.idle()
    assert.equal((await world.status(run)).outcome, 'completed')
    assert.deepEqual(world.acts, [{ what: 'crm applicant', key: `${run}/open` }])
  })

  heldBack('while it is a question leaves the effect as it was, however long', async (world, connector) => {
    world.faults.set('esign send', ['unknown, acted'])
    connector.isHolding = ({ mode }) => mode === 'probe'
    const engine = await connector.process(world)
    const run = start(engine, world, 'signing').id
    await engine.idle()
    await turns(engine, world, run, 100) // 700 s: longer than an unanswered question is asked
    const { state, attempt, problem } = await effectOf(world, run)
    assert.deepEqual([state, attempt, problem], ['started', 1, 'CONNECTOR_PAUSED: somebody has paused it'])
    connector.isHolding = () => false
    await turns(engine, world, run, 1)
    assert.equal((await world.status(run)).result, `"env:${run}/sign"`)
    assert.equal(world.acts.length, 1)
  })

  heldBack('while it is a repeat leaves the attempt before in question', async (world, connector) => {
    world.faults.set('crm applicant', ['unknown, not acted'])
    connector.isHolding = ({ mode }) => mode === 'make' && connector.tried > 1
    const engine = await connector.process(world)
    const run = start(engine, world, 'opening').id
    await engine.idle()
    await turns(engine, world, run, 20)
    assert.equal((await effectOf(world, run)).state, 'started')
    connector.isHolding = () => false
    await turns(engine, world, run, 1)
    assert.equal((await world.status(run)).outcome, 'completed')
    assert.equal(world.acts.length, 1)
  })

  heldBack('beforehand waits without a word in the ledger', async (world, connector) => {
    connector.beforehand = { code: 'CONNECTOR_PAUSED', message: 'somebody has paused it', retryAfterMs: 5_000 }
    const engine = await connector.process(world)
    const run = start(engine, world, 'opening').id
    await engine.idle()
    assert.equal((await effectOf(world, run)).attempt, 1)
    const written = await audited(world)
    await turns(engine, world, run, 30)
    assert.equal(await audited(world), written)
    assert.equal(connector.tried, 1)
    connector.beforehand = undefined
    connector.isHolding = () => false
    await turns(engine, world, run, 1)
    assert.equal((await world.status(run)).outcome, 'completed')
  })

  heldBack('can be cancelled while it waits, and is not begun any more', async (world, connector) => {
    const engine = await connector.process(world)
    const run = start(engine, world, 'opening').id
    await engine.idle()
    connector.isHolding = () => false
    await world.member("select sijil.cancel_run($1, $2, true, 'operator', 'test', 'not wanted any more')", [
      world.tenant,
      run,
    ])
    engine.wake(run)
    await engine.idle()
    assert.equal((await world.status(run)).outcome, 'cancelled')
    assert.deepEqual(world.acts, [])
  })
})
