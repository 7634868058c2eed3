import assert from 'node:assert/strict'
import { before, mock, test } from 'node:test'
import fc from 'fast-check'
import { settlementOf, type Waiting } from '../../src/engine/run/waiting.ts'
import { days } from '../../src/flow/index.ts'
import { LedgerClock } from '../../src/ledger/clock.ts'
import type { Letter } from '../../src/ledger/load-runs.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { intercepted, scenario, startProcess, untilEnded, worlds } from './rules-world.ts'

const DAY = 86_400_000
const MONTH = 30 * DAY
const TIMER_MS_MAX = 30_000
const sleeping = scenario('sleeping', async (flow) => {
  await flow.sleep(days(30))
  return 'awake'
})

onBothDatabases('A sleep of 30 days', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  inWorld('is not over a millisecond early, and is over then', { workflows: [sleeping] }, async (world) => {
    const run = await world.start('sleeping', 'x')
    await world.engine.idle()
    await world.advance(MONTH - 1)
    assert.equal((await world.status(run)).status, 'waiting')
    await world.advance(1)
    assert.equal((await world.status(run)).result, '"awake"')
  })

  inWorld('that is over while the run is being parked is not left to a timer', { workflows: [] }, async (world) => {
    const engine = await startProcess(world, [sleeping], {
      async onCommit(patches, moment) {
        if (moment === 'after' || !patches.some(({ next }) => next.status === 'waiting')) return
        await world.setClock(world.now + MONTH)
        await engine.clockMoved()
      },
    })
    const { created } = engine.start({ tenant: world.tenant, workflow: 'sleeping', requester: 'requester', input: 'x' })
    const { id } = await created
    await engine.idle()
    assert.equal((await world.status(id)).result, '"awake"')
    engine.abandon()
  })

  test('arms no timer beyond 30 s, arms it again and again, and is not forgotten', async () => {
    const world = await EngineWorld.open(database(), { workflows: [] })
    world.engine.abandon()
    let looked = Promise.withResolvers<void>()
    const watched = intercepted(world.database, (statement) => {
      if (statement === 'soonest_due') looked.resolve()
    })
    const timers = heldTimers()
    const { onCommit, ended } = untilEnded()
    const engine = await startProcess(world, [sleeping], { database: watched, onCommit })
    try {
      const run = engine.start({ tenant: world.tenant, workflow: 'sleeping', requester: 'requester', input: 'x' })
      assert.equal((await run.end).kind, 'parked')
      for (let round = 0; round < 5; round += 1) {
        await engine.idle()
        looked = Promise.withResolvers<void>()
        assert.equal(timers.ring(), 1)
        await looked.promise // by the timer alone
        assert.equal((await world.status(run.id)).status, 'waiting')
      }
      assert.ok(timers.longest() < DAY, 'a timer of more than 24 days fires at once')
      await engine.idle()
      await world.setClock(world.now + MONTH)
      assert.equal(timers.ring(), 1)
      await ended
    } finally {
      timers.release()
      engine.abandon()
      await world.close()
    }
  })

  test('by the real clock neither fires at once nor keeps the run in memory', async () => {
    const world = await EngineWorld.open(database(), { workflows: [] })
    world.engine.abandon()
    await world.sql('delete from sijil.clock')
    const engine = await startProcess(world, [sleeping])
    const run = engine.start({ tenant: world.tenant, workflow: 'sleeping', requester: 'requester', input: 'x' })
    assert.equal((await run.end).kind, 'parked')
    await engine.idle()
    assert.deepEqual([(await world.status(run.id)).status, engine.loaded], ['waiting', 0])
    const [row] = await world.sql<{ days: number }>(
      'select ((due_ms - created_ms) / 86400000.0)::float8 as days from sijil.runs where id = $1',
      [run.id],
    )
    assert.equal(row?.days, 30)
    engine.abandon()
    await world.close()
  })
})

/** Holds back every timer of the longest wait that the engine arms; all others run. */
function heldTimers() {
  const rings = new Map<unknown, () => void>()
  const delays: number[] = []
  const { setTimeout: arm, clearTimeout: disarm } = globalThis
  const armed = mock.method(globalThis, 'setTimeout', (ring: () => void, ms = 0) => {
    const timer = arm(ring, ms)
    delays.push(ms)
    if (ms === TIMER_MS_MAX) rings.set(timer, ring)
    return timer
  })
  const disarmed = mock.method(globalThis, 'clearTimeout', (timer: Parameters<typeof clearTimeout>[0]) => {
    rings.delete(timer)
    disarm(timer)
  })
  return {
    longest: () => Math.max(...delays),
    /** Lets the time of all of them come, and says how many there were. */
    ring(): number {
      const due = [...rings]
      for (const [timer, ring] of due) {
        rings.delete(timer)
        disarm(timer as Parameters<typeof clearTimeout>[0])
        ring()
      }
      return due.length
    },
    release() {
      armed.mock.restore()
      disarmed.mock.restore()
    },
  }
}

/** Few, so that they often coincide or are neighbours. */
const instants = fc.integer({ min: 0, max: 12 })
const letters = fc
  .array(fc.record({ receivedAt: instants, name: fc.constantFrom('go', 'stop') }), { maxLength: 6 })
  .map((found) => found.toSorted((one, other) => one.receivedAt - other.receivedAt))
  .map((found) =>
    found.map((letter, index): Letter => ({ number: index + 1, kind: 'signal', payload: '{}', ...letter })),
  )
const wait = (dueAt: number | undefined): Waiting => ({
  operation: { kind: 'signal', key: 'go', name: 'go', input: null, within: undefined, since: 0, escalates: undefined },
  dueAt,
})

test('a wait ends by the first fitting letter that came in time, else at its deadline, and never before', () => {
  fc.assert(
    fc.property(letters, fc.option(instants, { nil: undefined }), instants, (found, dueAt, now) => {
      const inTime = found.find(
        ({ name, receivedAt }) => name === 'go' && receivedAt <= (dueAt ?? Number.POSITIVE_INFINITY),
      )
      const expected =
        inTime !== undefined
          ? { kind: 'letter', letter: inTime }
          : dueAt !== undefined && now >= dueAt
            ? { kind: 'expired', at: dueAt }
            : undefined
      assert.deepEqual(settlementOf(wait(dueAt), found, now), expected)
    }),
    { numRuns: 1_000 },
  )
})

test('the clock of a process never goes back, and is never far ahead of what the database said last', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1_000, max: 2_000_000 }), { minLength: 1, maxLength: 20 }), (answers) => {
      const clock = new LedgerClock()
      let last = 0
      for (const now of answers) {
        const was = clock.now()
        clock.hear(now, false, performance.now())
        assert.ok(clock.now() >= now, 'not behind the database')
        assert.ok(clock.now() >= Math.min(was, now + 50), 'back by a slip only')
        assert.ok(clock.now() <= Math.max(now + 50, now) + 100, 'not ahead of it')
        last = now
      }
      clock.hear(last, true, performance.now())
      assert.equal(clock.now(), last, 'exactly as a test holds it')
    }),
  )
})
