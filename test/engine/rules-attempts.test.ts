import assert from 'node:assert/strict'
import { before } from 'node:test'
import { EffectNotMade, EffectUnknown, NeverHappened } from '../../src/flow/failure.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const opening = scenario('opening', async (flow, id) => (await flow.open(id)).recordId)
const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)

onBothDatabases('An attempt', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  inWorld('that breaks after its call has begun is asked about, and not repeated', { workflows: [] }, async (world) => {
    const engine = await startProcess(world, [signing], {
      openSystems: (scope) => {
        const systems = world.openSystems(scope)
        const sendEnvelope: typeof systems.esign.sendEnvelope = async (envelope) => {
          await systems.esign.sendEnvelope(envelope)
          if (scope.mode === 'make') throw new TypeError('a slip of ours, once the vendor has answered')
          return systems.esign.sendEnvelope(envelope)
        }
        return { ...systems, esign: { ...systems.esign, sendEnvelope } }
      },
    })
    const run = engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' })
    await run.end
    assert.deepEqual(world.acts, [{ what: 'esign send', key: `${run.id}/sign` }])
    assert.equal((await world.status(run.id)).result, `"env:${run.id}/sign"`)
    engine.abandon()
  })

  inWorld('of a step that declares no outside effect can change nothing outside', { workflows: [] }, async (world) => {
    const reaching = scenario('reaching', (flow, id) => flow.sly(id))
    const engine = await startProcess(world, [reaching])
    const run = engine.start({ tenant: world.tenant, workflow: 'reaching', requester: 'requester', input: 'x' })
    await run.end
    assert.deepEqual(world.acts, [])
    const [effect] = await world.sql<{ problem: string }>('select problem from sijil.effects where run = $1', [run.id])
    assert.match(effect?.problem ?? '', /sly declares no outside effect and may not change another system/)
    engine.abandon()
  })

  inWorld('that cannot be asked about for long is left to a person', { workflows: [] }, async (world) => {
    world.faults.set('esign send', ['unknown, acted'])
    const askedAt: number[] = []
    const engine = await startProcess(world, [signing], {
      openSystems: (scope) => {
        const systems = world.openSystems(scope)
        const sendEnvelope: typeof systems.esign.sendEnvelope = async (envelope) => {
          if (scope.mode === 'make') return systems.esign.sendEnvelope(envelope)
          askedAt.push(world.now)
          throw new EffectNotMade('AWAY', 'the vendor cannot be reached')
        }
        return { ...systems, esign: { ...systems.esign, sendEnvelope } }
      },
    })
    const run = engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' }).id
    await engine.idle()
    const sentAt = world.now
    for (let turn = 0; turn < 100 && (await world.nextIsDue(run)); turn += 1) {
      await engine.clockMoved()
      await engine.idle()
    }
    engine.abandon()
    const [effect] = await world.sql<{ state: string }>('select state from sijil.effects where run = $1', [run])
    assert.equal(effect?.state, 'in_doubt')
    assert.ok(askedAt.length >= 8 && askedAt.length < 60, `it was asked ${askedAt.length} times`)
    assert.ok(world.now - sentAt < 15 * 60_000, 'within a quarter of an hour')
  })

  inWorld(
    'of which the vendor knew nothing when it was asked is asked about again when that answer is heard late',
    { workflows: [] },
    async (world) => {
      let asked = 0
      const engine = await startProcess(world, [signing], {
        leaseMs: 120_000,
        openSystems: (scope) => {
          const systems = world.openSystems(scope)
          const sendEnvelope: typeof systems.esign.sendEnvelope = async (envelope) => {
            if (scope.mode === 'make' && world.acts.length === 0) {
              scope.begin()
              throw new EffectUnknown('TIMED_OUT', 'no answer came')
            }
            if (scope.mode === 'probe' && asked === 0) {
              asked += 1
              // The process stands still with the answer in its hands, and the vendor acts on what was sent.
              world.acts.push({ what: 'esign send', key: scope.key })
              await world.setClock(world.now + 60_000)
              await engine.clockMoved()
              throw new NeverHappened(5_000)
            }
            return systems.esign.sendEnvelope(envelope)
          }
          return { ...systems, esign: { ...systems.esign, sendEnvelope } }
        },
      })
      const run = engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' })
      await run.end
      assert.equal(asked, 1)
      assert.deepEqual(world.acts, [{ what: 'esign send', key: `${run.id}/sign` }])
      engine.abandon()
    },
  )

  const state = async (world: EngineWorld, run: string) => {
    const [effect] = await world.sql<{ state: string }>(
      "select state from sijil.effects where run = $1 and key = 'open'",
      [run],
    )
    return effect?.state
  }
  for (const answer of ['refuse', 'not made'] as const) {
    const title = `after one that may have happened does not settle that one when it is answered "${answer}"`
    inWorld(title, { workflows: [opening] }, async (world) => {
      world.faults.set('crm applicant', ['unknown, not acted', ...Array<typeof answer>(8).fill(answer)]) // It may act yet.
      const run = await world.start('opening', 'x')
      await world.engine.idle()
      while (await world.advanceToNext(run));
      assert.equal(await state(world, run), 'in_doubt')
      assert.equal(await world.cancel(run), 'REQUESTED')
      assert.equal((await world.status(run)).stuck_code, 'UNDO_PARKED', 'nobody can say that there is nothing to undo')
    })
  }
})
