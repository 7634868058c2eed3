import assert from 'node:assert/strict'
import { before } from 'node:test'
import type { LocalEngine } from '../../src/engine/local/local-engine.ts'
import type { OpenSystems } from '../../src/engine/systems.ts'
import { EffectUnknown } from '../../src/flow/failure.ts'
import { days, minutes } from '../../src/flow/index.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { deliver, door, scenario, startProcess, watchingMailbox, worlds } from './rules-world.ts'

const DAY_MS = 86_400_000

const plain = scenario('plain', async (flow, id) => {
  await flow.open(id)
  await flow.sign(id)
  return 'done'
})
const contest = scenario('contest', async (flow, id) => {
  const first = await flow.race({
    quick: async (branch) => (await branch.go()).n,
    slow: async (branch) => {
      await branch.sign(id)
      return (await branch.stop()).n
    },
  })
  await flow.mail(`after ${first.winner}`)
  return first.winner
})

/** The inner race takes back what its loser did, and is itself given up by the outer one while it does so. */
const nested = scenario('nested', async (flow, id) => {
  const first = await flow.race({
    quick: async (branch) => (await branch.go()).n,
    slow: async (branch) => {
      await branch.race({
        signs: async (inner) => {
          await inner.sign(id)
          await inner.sleep(days(9))
        },
        waits: (inner) => inner.sleep(minutes(1)),
      })
      return (await branch.stop()).n
    },
  })
  await flow.mail(`after ${first.winner}`)
  return first.winner
})

/** One branch takes back what its loser did, while another waits for so long. */
const beside = scenario('beside', async (flow, id) => {
  await flow.all({
    contest: async (branch) => {
      await branch.race({
        quick: async (one) => (await one.go()).n,
        slow: async (one) => {
          await one.sign(id)
          await one.sleep(days(9))
        },
      })
    },
    other: async (branch) => {
      await branch.stop({ within: days(1) })
    },
  })
  return 'done'
})

onBothDatabases('A call in flight', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)
  const said = (world: EngineWorld) => world.acts.map(({ what }) => what)
  /**
   * Wakes the run, and comes back when its mailbox was read: whatever the engine would do then needs the ledger, and has had it
   * many times.
   */
  const woken = async (
    world: EngineWorld,
    engine: LocalEngine,
    mailbox: ReturnType<typeof watchingMailbox>,
    run: string,
  ) => {
    const read = mailbox.nextRead()
    engine.wake(run)
    await read
    for (let turn = 0; turn < 60; turn += 1) await world.sql('select 1')
  }

  /** An engine whose call to the vendor stands at a door, and the signal that the call was given. */
  async function standing(world: EngineWorld, at: string, workflow: typeof plain) {
    const call = door()
    world.point = (what) => (what === at ? call.pass() : Promise.resolve())
    const aborts: AbortSignal[] = []
    const mailbox = watchingMailbox(world.database)
    const engine = await startProcess(world, [workflow], {
      database: mailbox.database,
      openSystems: (scope) => {
        if (scope.key.endsWith('sign')) aborts.push(scope.abort)
        return world.openSystems(scope)
      },
    })
    const { name } = workflow.contract
    const run = engine.start({ tenant: world.tenant, workflow: name, requester: 'requester', input: 'x' })
    await call.reached
    const wake = () => woken(world, engine, mailbox, run.id)
    return { call, engine, run, wake, aborted: () => aborts.some(({ aborted }) => aborted) }
  }

  for (const at of ['vendor before esign send', 'vendor acted esign send']) {
    inWorld(`is waited for by a cancellation, and then taken back (${at})`, { workflows: [] }, async (world) => {
      const { call, engine, run, wake, aborted } = await standing(world, at, plain)
      await world.member("select sijil.cancel_run($1, $2, true, 'operator', 'test', 'not wanted')", [
        world.tenant,
        run.id,
      ])
      await wake()
      assert.deepEqual([aborted(), said(world).includes('esign void'), engine.loaded], [false, false, 1])
      call.open()
      await engine.idle()
      assert.deepEqual(said(world), ['crm applicant', 'esign send', 'esign void', 'crm closed'])
      const { outcome, undo } = await world.status(run.id)
      assert.deepEqual([outcome, undo], ['cancelled', 'compensated'])
      engine.abandon()
    })

    inWorld(
      `of a race's loser is waited for, and taken back before the race returns (${at})`,
      { workflows: [] },
      async (world) => {
        const { call, engine, run, wake, aborted } = await standing(world, at, contest)
        await deliver(world, run.id, 'go', 1)
        await wake()
        assert.deepEqual([aborted(), said(world).includes('email after quick'), engine.loaded], [false, false, 1])
        call.open()
        await engine.idle()
        assert.deepEqual(said(world), ['esign send', 'esign void', 'email after quick'])
        assert.equal((await world.status(run.id)).result, '"quick"')
        engine.abandon()
      },
    )
  }

  inWorld(
    'that nobody can tell the fate of: the race goes on only once a person has',
    { workflows: [contest] },
    async (world) => {
      world.faults.set('esign send', ['unknown, not acted'])
      const run = await world.start('contest', 'x')
      await world.engine.idle()
      await deliver(world, run, 'go', 1)
      world.engine.wake(run)
      await world.engine.idle()
      assert.ok(!said(world).includes('email after quick'), 'the vendor may still act')
      await world.advance(60_000)
      assert.deepEqual(said(world), ['email after quick'], 'it never happened, and is not made for a race that is lost')
    },
  )

  const doubted = scenario('doubted', async (flow, id) => {
    const first = await flow.race({
      quick: async (branch) => (await branch.go()).n,
      slow: async (branch) => (await branch.mail(id)).messageId,
    })
    return first.winner
  })
  inWorld(
    'that is in doubt is given up with its loser, and nothing is stuck',
    { workflows: [doubted] },
    async (world) => {
      world.faults.set('email x', ['unknown, acted'])
      const run = await world.start('doubted', 'x')
      await world.engine.idle()
      assert.equal((await world.status(run)).status, 'waiting')
      await world.signal(run, 'go', { n: 1 })
      const { status, result } = await world.status(run)
      assert.deepEqual([status, result], ['ended', '"quick"'])
    },
  )

  const failingBeside = scenario('failing-beside', async (flow, id) => {
    await flow.all({
      contest: (branch) =>
        branch.race({ quick: async (one) => (await one.go()).n, slow: async (one) => (await one.sign(id)).envelopeId }),
      beside: async (branch) => {
        await branch.stop()
        throw branch.abandon('over')
      },
      busy: (branch) => branch.open(id),
    })
    return 'never'
  })
  inWorld(
    'that a person settles after the branch of its undo was given up is taken back with the run',
    { workflows: [] },
    async (world) => {
      const call = door()
      world.point = (what) => (what === 'vendor before crm applicant' ? call.pass() : Promise.resolve())
      const mailbox = watchingMailbox(world.database)
      const settings = { database: mailbox.database, openSystems: nobodyKnows(world) }
      const engine = await startProcess(world, [failingBeside], settings)
      const { tenant } = world
      const run = engine.start({ tenant, workflow: 'failing-beside', requester: 'requester', input: 'x' }).id
      await call.reached
      const told = async (tell: Promise<unknown>) => {
        await tell
        await woken(world, engine, mailbox, run)
      }
      await told(deliver(world, run, 'go', 1))
      await told(deliver(world, run, 'stop', 1))
      const happened = JSON.stringify({ outcome: 'happened', output: { envelopeId: 'e' }, by: 'operator' })
      const settle =
        "select sijil.resolve_effect($1, $2, 'contest/slow/sign', $3, 'operator', 'test', 'asked') as answer"
      await told(world.member(settle, [tenant, run, happened]))
      call.open()
      await engine.idle()
      engine.abandon()
      const { outcome, undo, why } = await world.status(run)
      assert.deepEqual([outcome, undo], ['over', 'compensated'], why ?? '')
      assert.deepEqual(said(world), ['esign send', 'crm applicant', 'crm closed', 'esign void'])
    },
  )

  inWorld(
    'that may be repeated and was given up is not taken for one that never happened',
    { workflows: [] },
    async (world) => {
      world.faults.set('crm applicant', ['unknown, not acted']) // It may act yet: nobody can tell.
      const { call, engine, run, wake } = await standing(world, 'vendor before crm applicant', plain)
      await world.member("select sijil.cancel_run($1, $2, true, 'operator', 'test', 'not wanted')", [
        world.tenant,
        run.id,
      ])
      await wake()
      call.open()
      await engine.idle()
      const { outcome, undo } = await world.status(run.id)
      assert.deepEqual([outcome, undo], ['cancelled', 'compensated'])
      assert.deepEqual(said(world), ['crm applicant', 'crm closed'])
      engine.abandon()
    },
  )

  inWorld(
    'to take something back, in doubt when its race is given up, is waited for by the outer race',
    { workflows: [] },
    async (world) => {
      world.faults.set('esign void', ['unknown, acted'])
      const engine = await startProcess(world, [nested], { openSystems: cannotBeAsked(world) })
      const { tenant } = world
      const run = engine.start({ tenant, workflow: 'nested', requester: 'requester', input: 'x' }).id
      await engine.idle()
      await world.setClock(world.now + 60_000)
      await engine.clockMoved()
      await engine.idle()
      assert.deepEqual(said(world), ['esign send', 'esign void'])
      await deliver(world, run, 'go', 1)
      engine.wake(run)
      await engine.idle()
      assert.deepEqual(said(world), ['esign send', 'esign void'], 'nobody knows yet whether it was taken back')
      const happened = JSON.stringify({ outcome: 'happened', output: null, by: 'operator' })
      await world.member(
        "select sijil.resolve_effect($1, $2, 'undo slow/signs/sign', $3, 'operator', 'test', 'asked')",
        [tenant, run, happened],
      )
      engine.wake(run)
      await engine.idle()
      engine.abandon()
      assert.deepEqual(said(world), ['esign send', 'esign void', 'email after quick'])
      assert.equal((await world.status(run)).status, 'ended')
    },
  )

  inWorld(
    'to take something back, parked, hears the word that comes just before the deadline of another branch is written',
    { workflows: [] },
    async (world) => {
      world.faults.set('esign void', ['refuse'])
      const resolved = async (run: string) => {
        const [undo] = await world.sql<{ key: string }>(
          "select key from sijil.effects where run = $1 and state = 'parked'",
          [run],
        )
        const never = JSON.stringify({ outcome: 'never', by: 'operator' })
        await world.member("select sijil.resolve_effect($1, $2, $3, $4, 'operator', 'test', 'asked')", [
          world.tenant,
          run,
          undo?.key ?? '',
          never,
        ])
      }
      let spoken = false
      const engine = await startProcess(world, [beside], {
        onCommit: async (patches, moment) => {
          const expiry = patches.find(({ records }) => records.some(({ outcome }) => outcome === 'expired'))
          if (expiry === undefined || moment === 'after' || spoken) return
          spoken = true
          await resolved(expiry.run)
        },
      })
      const run = engine.start({ tenant: world.tenant, workflow: 'beside', requester: 'requester', input: 'x' }).id
      await engine.idle()
      await deliver(world, run, 'go', 1)
      engine.wake(run)
      await engine.idle()
      await world.setClock(world.now + DAY_MS)
      await engine.clockMoved()
      await engine.idle()
      engine.abandon()
      assert.ok(spoken)
      assert.deepEqual(said(world), ['esign send', 'esign void'])
      assert.equal((await world.status(run)).result, '"done"')
    },
  )

  inWorld('is not begun for a loser that only waited to try again', { workflows: [contest] }, async (world) => {
    world.faults.set('esign send', ['not made'])
    const run = await world.start('contest', 'x')
    await world.engine.idle()
    await deliver(world, run, 'go', 1)
    world.engine.wake(run)
    await world.engine.idle()
    assert.deepEqual(said(world), ['email after quick'])
    await world.advance(86_400_000)
    assert.deepEqual(said(world), ['email after quick'])
    const { outcome, undo } = await world.status(run)
    assert.deepEqual([outcome, undo], ['completed', 'nothing'])
  })

  inWorld(
    'is not begun for a run that is cancelled while it waits to try again',
    { workflows: [plain] },
    async (world) => {
      world.faults.set('esign send', ['not made'])
      const run = await world.start('plain', 'x')
      await world.engine.idle()
      await world.cancel(run)
      await world.advance(86_400_000)
      assert.deepEqual(said(world), ['crm applicant', 'crm closed'])
      const { outcome, undo } = await world.status(run)
      assert.deepEqual([outcome, undo], ['cancelled', 'compensated'])
      const [left] = await world.sql('select count(*)::int as n from sijil.waits where run = $1', [run])
      assert.deepEqual(left, { n: 0 })
    },
  )

  inWorld('of a step inside is waited for as well', { workflows: [] }, async (world) => {
    const work = door()
    const inside = scenario(
      'inside',
      async (flow, id) => {
        await flow.work(id)
        return flow.put('never')
      },
      async (input) => {
        await work.pass()
        return input
      },
    )
    const engine = await startProcess(world, [inside], { durability: 'each' })
    const run = engine.start({ tenant: world.tenant, workflow: 'inside', requester: 'requester', input: 'x' })
    await work.reached
    work.open()
    await run.created
    await engine.idle()
    assert.equal((await world.status(run.id)).outcome, 'completed')
    engine.abandon()
  })
})

onBothDatabases('What a run waits for', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)
  const open = async (world: EngineWorld, run: string) => ({
    tasks: (await world.openTasks(run)).map(({ key }) => key),
    waits: (await world.sql<{ key: string }>('select key from sijil.waits where run = $1', [run])).map(
      ({ key }) => key,
    ),
  })

  const racing = scenario('racing', async (flow, about) => {
    await flow.race({ quick: (branch) => branch.go(), slow: (branch) => branch.ask({ about }) })
    return String((await flow.stop()).n)
  })
  inWorld("in the losers of a race is closed with the race's choice", { workflows: [racing] }, async (world) => {
    const run = await world.start('racing', 'x')
    await world.engine.idle()
    assert.deepEqual((await open(world, run)).tasks, ['slow/ask'])
    await world.signal(run, 'go', { n: 1 })
    assert.deepEqual(await open(world, run), { tasks: [], waits: ['stop'] })
  })

  const asking = scenario('asking', async (flow, about) => {
    await flow.open(about)
    await flow.all({ ask: (branch) => branch.ask({ about }), go: (branch) => branch.go() })
    return 'both'
  })
  inWorld(
    'is closed when it is undone, also while an undo waits for a person',
    { workflows: [asking] },
    async (world) => {
      world.faults.set('crm closed', ['refuse'])
      const run = await world.start('asking', 'x')
      await world.engine.idle()
      assert.deepEqual((await open(world, run)).tasks, ['ask/ask'])
      await world.cancel(run)
      assert.equal((await world.status(run)).stuck_code, 'UNDO_PARKED')
      assert.deepEqual(await open(world, run), { tasks: [], waits: [] })
    },
  )

  inWorld('is settled by what came before a request to end', { workflows: [] }, async (world) => {
    const busy = door()
    const hearing = scenario(
      'hearing',
      async (flow) => {
        await flow.all({ hear: (branch) => branch.go(), work: (branch) => branch.work('long') })
        return 'both'
      },
      async (input) => {
        await busy.pass()
        return input
      },
    )
    const engine = await startProcess(world, [hearing])
    const run = engine.start({ tenant: world.tenant, workflow: 'hearing', requester: 'requester', input: 'x' })
    await busy.reached
    await run.created
    await deliver(world, run.id, 'go', 1)
    await world.member("select sijil.cancel_run($1, $2, true, 'operator', 'test', 'not wanted')", [
      world.tenant,
      run.id,
    ])
    engine.wake(run.id)
    busy.open()
    await engine.idle()
    assert.equal((await world.status(run.id)).outcome, 'cancelled')
    const taken = await world.sql('select name, consumed_by from sijil.signals where run = $1 order by number', [
      run.id,
    ])
    assert.deepEqual(taken, [
      { name: 'go', consumed_by: 'hear/go' },
      { name: 'cancel', consumed_by: 'ending' },
    ])
    engine.abandon()
  })
})

/** An envelope is sent, no answer comes, and the vendor cannot be asked about it. */
function nobodyKnows(world: EngineWorld): OpenSystems {
  world.faults.set('esign send', ['unknown, acted'])
  return cannotBeAsked(world)
}

/** The vendor of signatures does what it is told, and answers no question about it. */
function cannotBeAsked(world: EngineWorld): OpenSystems {
  return (scope) => {
    const systems = world.openSystems(scope)
    if (scope.mode === 'make') return systems
    const ask = async (): Promise<never> => {
      throw new EffectUnknown('NOT_READ', 'the vendor cannot be asked')
    }
    return { ...systems, esign: { ...systems.esign, sendEnvelope: ask, voidEnvelope: ask } }
  }
}
