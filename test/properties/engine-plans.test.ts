import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../src/ledger/database/database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { verifyRows } from '../../src/ledger/verify/verify-ledger.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { partsOf, type Plan, tamePlans, wildPlans } from './plan.ts'
import { liveThrough, openPlanWorld, recordsOf, rewind } from './plan-life.ts'
import { runs } from '../support/property-runs.ts'

async function inWorld<T>(database: Database, plan: Plan, body: (world: EngineWorld) => Promise<T>): Promise<T> {
  const world = await openPlanWorld(database, plan)
  try {
    return await body(world)
  } finally {
    await world.close()
  }
}

/** How a run ended, but for what timing decides: whether a branch that was given up had started anything. */
async function endOf(world: EngineWorld, run: string): Promise<object> {
  const { seq: _, undo: __, ...end } = await world.status(run)
  return end
}

/** Each of a vendor's acts has a key of its own; of a record that was read before a crash nothing has changed. */
function assertOnce(world: EngineWorld): void {
  const keys = world.acts.map(({ key }) => key)
  assert.equal(new Set(keys).size, keys.length, `done twice: ${keys.join(', ')}`)
}

/** Every mail that a branch sent which had to lose has its retraction, also where somebody had to find out first. */
function assertLosersTakenBack({ acts }: EngineWorld, plan: Plan): void {
  const count = (what: string) => acts.filter((act) => act.what === what).length
  for (const part of partsOf(plan)) {
    if (part.does !== 'race') continue
    for (const { does, label } of part.branches.slice(1).flatMap((branch) => [...partsOf(branch)]))
      if (does === 'open') assert.equal(count(`email close ${label}`), count(`email open ${label}`), `part ${label}`)
  }
}

/** The process dies while the loser's mail is under way: the loser is given up while nobody knows whether the mail was sent. */
const lostInDoubt: [Plan, number[]] = [
  [
    {
      does: 'race',
      label: 1,
      branches: [
        [
          { does: 'save', label: 2 },
          { does: 'save', label: 3 },
        ],
        [
          { does: 'open', fails: false, label: 4 },
          { does: 'hang', label: 5 },
        ],
      ],
    },
  ],
  [7],
]

/** Where processes die: each number is counted from the birth of the process. */
const deaths = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 3 })

onBothDatabases('Random flows on the local engine', (database) => {
  before(() => migrate(database()))

  test('a run that is replayed from its whole record ends the same, writes no record and makes nothing', () =>
    fc.assert(
      fc.asyncProperty(wildPlans, (plan) =>
        inWorld(database(), plan, async (world) => {
          const run = await liveThrough(world, plan)
          const [status, records, acts] = [await world.status(run), await recordsOf(world, run), world.acts.length]
          if (status.status === 'stuck') return // it is tried again, and other branches may get further
          await rewind(world, run)
          assert.deepEqual(await world.status(run), status)
          assert.deepEqual(await recordsOf(world, run), records)
          assert.equal(world.acts.length, acts)
        }),
      ),
      runs(8),
    ))

  test('wherever processes die, the run ends as it would have, and nothing is done twice', () =>
    fc.assert(
      fc.asyncProperty(tamePlans, deaths, async (plan, crashes) => {
        const whole = await inWorld(database(), plan, async (world) => endOf(world, await liveThrough(world, plan)))
        await inWorld(database(), plan, async (world) => {
          dieAt(world, crashes)
          assert.deepEqual(await endOf(world, await liveThrough(world, plan)), whole)
          assertOnce(world)
          assertLosersTakenBack(world, plan)
        })
        assert.deepEqual(await verifyRows(database()), [])
      }),
      { ...runs(8), examples: [lostInDoubt] },
    ))

  test('what a loser may have done is not passed over: the race waits for the person who can tell', async () => {
    const plan: Plan = [
      {
        does: 'race',
        label: 1,
        branches: [
          [{ does: 'wait', label: 2, word: 'late', reminds: false }],
          [
            { does: 'open', label: 3, fails: false },
            { does: 'hang', label: 4 },
          ],
        ],
      },
    ]
    await inWorld(database(), plan, async (world) => {
      world.faults.set('email open 3', ['unknown, acted'])
      const run = await world.start('plan', plan)
      await world.engine.idle()
      await world.signal(run, 'word2', { said: 'word 2' })
      assert.equal((await world.status(run)).status, 'waiting')
      await world.resolve(run, 'b1/open', { outcome: 'happened', output: { said: 'opened 3' } })
      assert.equal((await world.status(run)).outcome, 'completed')
      assertLosersTakenBack(world, plan)
    })
  })

  test('whatever wins, fails or is rejected, and wherever processes die, the ledger is sound and nothing is done twice', () =>
    fc.assert(
      fc.asyncProperty(wildPlans, deaths, (plan, crashes) =>
        inWorld(database(), plan, async (world) => {
          dieAt(world, crashes)
          const run = await liveThrough(world, plan)
          assertOnce(world)
          const { status, stuck_code: code } = await world.status(run)
          if (status === 'stuck') {
            assert.match(code ?? '', /^(AFTER_PIVOT|STEP_FAILED)$/)
            assert.deepEqual(await world.sql('select pivoted from sijil.runs where id = $1', [run]), [
              { pivoted: true },
            ])
          }
          assert.deepEqual(await verifyRows(database()), [])
        }),
      ),
      runs(8),
    ))
})

/** The next process dies at the next number. */
function dieAt(world: EngineWorld, crashes: readonly number[]): void {
  const [first = 0, ...others] = crashes
  world.crashAt = first
  const reopen = world.reopen.bind(world)
  world.reopen = async () => {
    world.points = 0
    world.crashAt = others.shift() ?? 0
    await reopen()
  }
}
