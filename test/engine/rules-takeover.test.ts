import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { deliver, door, intercepted, scenario, startProcess, worlds } from './rules-world.ts'

const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)
const resuming = scenario('resuming', async (flow, id) => {
  await flow.go()
  return (await flow.sign(id)).envelopeId
})

describe('A lease that is taken over', () => {
  const database = ledgerForSuite('postgres')
  const inWorld = worlds(database)

  for (const [moment, acted] of [
    ['vendor acted esign send', true],
    ['vendor before esign send', false],
  ] as const) {
    inWorld(
      `while a call is in flight, ${acted ? 'and made' : 'and not made yet'}: the successor asks, and the one before commits nothing`,
      { workflows: [] },
      async (world) => {
        const call = door()
        let calls = 0
        world.point = async (what) => {
          if (what === moment && (calls += 1) === 1) await call.pass()
        }
        const first = await startProcess(world, [signing], { worker: 'first' })
        const run = first.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' })
        await call.reached
        await world.setClock(world.now + 10_000)
        const second = await startProcess(world, [signing], { worker: 'second' })
        await second.idle()
        if (!acted) assert.deepEqual(world.acts, [], '"never" does not count while the first call may still leave')
        const was = await traces(world, run.id)
        call.open()
        assert.equal((await run.end).kind, 'lost')
        assert.deepEqual(await traces(world, run.id), was)
        // The clock passes the deadline of the first call and the time in which the vendor may still act.
        await world.setClock(world.now + 60_000)
        await second.clockMoved()
        await second.idle()
        assert.deepEqual(
          world.acts.map(({ key }) => key),
          [`${run.id}/sign`],
        )
        assert.equal((await world.status(run.id)).outcome, 'completed')
        const settled = await world.sql("select source from sijil.audit where run = $1 and what = 'effect.done'", [
          run.id,
        ])
        assert.deepEqual(settled, [{ source: 'second' }])
        first.abandon()
        second.abandon()
      },
    )
  }

  inWorld('is noticed by the next renewal, while the call is still in flight', { workflows: [] }, async (world) => {
    const call = door()
    world.point = (what) => (what === 'vendor before esign send' ? call.pass() : Promise.resolve())
    const aborts: AbortSignal[] = []
    const engine = await startProcess(world, [resuming], {
      leaseMs: 30,
      worker: 'first',
      openSystems: (scope) => {
        aborts.push(scope.abort)
        return world.openSystems(scope)
      },
    })
    const run = engine.start({ tenant: world.tenant, workflow: 'resuming', requester: 'requester', input: 'x' })
    assert.equal((await run.end).kind, 'parked')
    await deliver(world, run.id, 'go', 1)
    engine.wake(run.id)
    await call.reached
    assert.equal(engine.loaded, 1)
    await world.sql("update sijil.runs set epoch = epoch + 1, worker = 'second', due_ms = 9e15 where id = $1", [run.id])
    await engine.idle() // only the renewal can end the session: the call never answers
    assert.deepEqual(
      [engine.loaded, aborts.map(({ aborted }) => aborted)],
      [0, [false]],
      'before the call was given up',
    )
    call.open()
    engine.abandon()
  })

  test('two processes that look at the same moment never drive one run both', async () => {
    const world = await EngineWorld.open(database(), { workflows: [] })
    const loads: string[] = []
    const slow = scenario('resuming', async (flow, id) => {
      loads.push(flow.run.id)
      await flow.go()
      return id
    })
    const processes = await Promise.all([1, 2, 3].map(() => startProcess(world, [slow])))
    const runs = Array.from({ length: 30 }, (_, index) =>
      processes[index % 3]?.start({ tenant: world.tenant, workflow: 'resuming', requester: 'requester', input: 'x' }),
    )
    await Promise.all(processes.map((process) => process.idle()))
    loads.length = 0
    for (const run of runs) await deliver(world, run?.id ?? '', 'go', 1)
    await Promise.all(processes.map((process) => process.idle()))
    assert.deepEqual(loads.toSorted(), runs.map((run) => run?.id ?? '').toSorted())
    for (const process of processes) process.abandon()
    await world.close()
  })

  inWorld(
    'of a version that cannot be loaded here is left alone, and nobody looks again and again',
    { workflows: [] },
    async (world) => {
      const maker = await startProcess(world, [signing, resuming])
      const run = maker.start({ tenant: world.tenant, workflow: 'resuming', requester: 'requester', input: 'x' })
      await run.end
      maker.abandon()
      await deliver(world, run.id, 'go', 1)
      let claims = 0
      const timers = mock.method(globalThis, 'setTimeout')
      try {
        const engine = await startProcess(world, [signing], {
          database: intercepted(database(), (statement) => {
            if (statement === 'claim_runs') claims += 1
          }),
        })
        await engine.idle()
        const soon = timers.mock.calls.filter(({ arguments: [, ms] }) => (ms ?? 0) < 1_000)
        assert.deepEqual([claims, soon.length], [2, 0], 'one look at the start and one for the question')
        engine.abandon()
      } finally {
        timers.mock.restore()
      }
      const { status, epoch } = await row(world, run.id)
      assert.deepEqual([status, epoch], ['ready', 1])
    },
  )
})

describe('The one process of an embedded ledger', () => {
  const database = ledgerForSuite('pglite')

  worlds(database)('takes up at once what the one before it held', { workflows: [] }, async (world) => {
    const call = door()
    world.point = (what) => (what === 'vendor before esign send' ? call.pass() : Promise.resolve())
    const first = await startProcess(world, [signing])
    const run = first.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' })
    await call.reached
    first.abandon()
    const second = await startProcess(world, [signing])
    await second.idle()
    assert.deepEqual(await row(world, run.id), { status: 'waiting', epoch: 2 })
    call.open()
    second.abandon()
  })
})

async function row(world: EngineWorld, run: string): Promise<{ status: string; epoch: number }> {
  const [found] = await world.sql<{ status: string; epoch: number }>(
    'select status, epoch from sijil.runs where id = $1',
    [run],
  )
  assert.ok(found)
  return found
}

const traces = (world: EngineWorld, run: string) =>
  world.sql(
    `select (select count(*)::int from sijil.records where run = $1::uuid) as records,
       (select count(*)::int from sijil.audit where run = $1::uuid) as audit,
       (select jsonb_agg(to_jsonb(e)) from sijil.effects e where run = $1::uuid) as effects,
       (select to_jsonb(r) from sijil.runs r where id = $1::uuid) as run`,
    [run],
  )
