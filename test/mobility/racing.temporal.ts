/** People decide, partners answer and operators move one run at the same time, in whatever order their statements come. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decideTask } from '../../src/decisions/decide-task.ts'
import { moveRun } from '../../src/engine/commands/move-run.ts'
import { Refusal } from '../../src/engine/commands/refusal.ts'
import { sendSignal } from '../../src/engine/commands/send-signal.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import type { Side } from '../../src/ledger/requests/moves.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import { actor } from '../../src/testing/test-organisation.ts'
import { clusterForSuite } from '../conformance/on-temporal.ts'
import { played } from '../conformance/scenarios.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { runs } from '../support/property-runs.ts'
import { openBoth } from './both-engines.ts'

/** Everything that may be said to somebody who moves a run: it went, it is busy, it is there, it is over. */
const MOVE_ANSWERS = ['MOVED', 'RUN_BUSY', 'ALREADY_THERE', 'RUN_ENDED'] as const

/** One after another; the ids are few, so that some letters are sent twice. */
const drawnLetters = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
const drawnMoves = fc.array(fc.constantFrom<Side>('temporal', 'local'), { minLength: 1, maxLength: 5 })

describe('A move that is raced', () => {
  const database = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('../conformance/sandbox.ts', import.meta.url))

  async function lived(
    scheduler: fc.Scheduler,
    { moves, one, other, startsOn }: { moves: Side[]; one: number[]; other: number[]; startsOn: Side },
  ): Promise<void> {
    await using world = await TestWorld.open({
      ...played,
      database: database(),
      sides: ['local', 'temporal'],
      placement: startsOn,
      openEngine: (settings) => openBoth(cluster(), settings),
    })
    const run = await world.start('together', { id: 'raced', items: [] })
    const parts = { ...world.parts, database: inTurns(world.parts.database, scheduler) }
    const { tenant } = world

    const moved: string[] = []
    async function move(): Promise<void> {
      for (const to of moves) {
        const answer = await codeOf(
          moveRun(parts, actor(tenant, 'operator'), { run: run.id, to, why: 'raced' }),
          'MOVED',
        )
        moved.push(`${answer} ${to}`)
      }
    }
    const sent = new Set<string>()
    async function send(ids: readonly number[]): Promise<void> {
      for (const n of ids) {
        const letter = { run: run.id, signal: 'reply', payload: { text: String(n) }, id: `letter-${n}` }
        const answer = await codeOf(sendSignal(parts, actor(tenant, 'operator'), letter), 'SENT')
        assert.ok(['SENT', 'RUN_ENDED'].includes(answer), answer)
        if (answer === 'SENT') sent.add(letter.id)
      }
    }
    const { id: task, digest } = await run.task('consult')
    const decide = () => decideTask(parts, actor(tenant, 'legal'), { task, digest, verdict: 'approve', value: {} })

    await scheduler.waitFor(Promise.all([move(), send(one), send(other), decide()]))
    await world.settle()
    await assertWhole(world, run, { startsOn, moved, sent })
  }

  async function assertWhole(
    { vendors }: TestWorld,
    run: TestRun,
    { startsOn, moved, sent }: { startsOn: Side; moved: readonly string[]; sent: ReadonlySet<string> },
  ): Promise<void> {
    const { outcome, engine, records, signals, audit, effects } = await run.view()
    assert.equal(outcome, 'completed')
    const answers = moved.map((one) => one.split(' '))
    for (const [answer] of answers)
      assert.ok(
        MOVE_ANSWERS.some((known) => known === answer),
        answer,
      )
    const went = answers.flatMap(([answer, to]) => (answer === 'MOVED' ? [to] : []))
    assert.equal(engine, went.at(-1) ?? startsOn, 'it is where it was moved last')
    assert.equal(audit.filter(({ what }) => what === 'run.moved').length, went.length)
    const kept = signals.filter(({ kind }) => kind === 'signal').map(({ id }) => id)
    for (const id of sent) assert.equal(kept.filter((one) => one.endsWith(`/${id}`)).length, 1, `${id} is kept once`)
    const taken = (kind: string) => records.filter((record) => record.kind === kind).length
    assert.deepEqual([taken('gate'), taken('signal')], [1, 1])
    assert.deepEqual(
      effects.map(({ state, attempt }) => `${state} ${attempt}`),
      effects.map(() => 'done 1'),
    )
    const acts = vendors.acts.map(({ key }) => key)
    assert.deepEqual(acts.toSorted(), [...new Set(acts)].toSorted())
  }

  test('nothing is lost, nothing is done twice, and one engine has the run', { timeout: 240_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.record({
          moves: drawnMoves,
          one: drawnLetters,
          other: drawnLetters,
          startsOn: fc.constantFrom<Side>('local', 'temporal'),
        }),
        lived,
      ),
      runs(10),
    ),
  )
})

/** Whoever opens a transaction waits for their turn. */
const inTurns = (database: Database, scheduler: fc.Scheduler): Database => ({
  kind: database.kind,
  engine: database.engine,
  async transaction(who, work) {
    await scheduler.schedule(Promise.resolve(), who.role)
    return database.transaction(who, work)
  },
  script: (sql) => database.script(sql),
  close: () => database.close(),
})

/** The code of a refusal, or what it is called when there was none. */
async function codeOf(asked: Promise<unknown>, otherwise: string): Promise<string> {
  try {
    await asked
    return otherwise
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}
