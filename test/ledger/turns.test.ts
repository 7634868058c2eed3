import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { holdClock } from '../../src/ledger/held-clock.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { closeAccount, takeTurns } from '../../src/ledger/rate-limits.ts'
import { onBothDatabases } from '../support/databases.ts'

const HORIZON_MS = 500
const question = fc.record({
  passedMs: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2_000 })),
  wanted: fc.integer({ min: 1, max: 30 }),
  ahead: fc.integer({ min: 0, max: 10 }),
  closedMs: fc.option(fc.integer({ min: 1, max: 800 }), { freq: 8 }),
})

onBothDatabases('Turns', (database) => {
  let limits = 0
  before(() => migrate(database()))

  test('that follow each other by the size of a limit are a window apart, whoever takes them', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 700 }),
        fc.array(question, { minLength: 1, maxLength: 25 }),
        async (size, windowMs, questions) => {
          const limit = { tenant: '', connector: `c${(limits += 1)}`, account: 'default', name: 'send', size, windowMs }
          let now = 1_000_000
          let closedUntil = 0
          const given: number[] = []
          for (const { passedMs, wanted, ahead, closedMs } of questions) {
            now += passedMs
            await holdClock(database(), now)
            if (closedMs !== null) {
              await closeAccount(database(), limit, closedMs)
              closedUntil = Math.max(closedUntil, now + closedMs)
            }
            const answer = await takeTurns(database(), limit, { wanted, ahead, horizonMs: HORIZON_MS })
            assert.equal(answer.now, now)
            assert.ok(answer.turns.length <= wanted + ahead)
            for (const turn of answer.turns) {
              assert.ok(turn >= now && turn <= now + HORIZON_MS, 'neither past nor far')
              assert.ok(turn >= closedUntil, 'not while the vendor wants to be left alone')
            }
            assert.ok(answer.turns.length === wanted + ahead || answer.next > now + HORIZON_MS, 'none is kept back')
            given.push(...answer.turns)
          }
          assert.deepEqual(
            given,
            given.toSorted((one, other) => one - other),
          )
          for (const [place, turn] of given.entries()) {
            const earlier = given[place - size]
            assert.ok(earlier === undefined || turn - earlier >= windowMs, `${earlier} and ${turn}, window ${windowMs}`)
          }
        },
      ),
      { numRuns: 60 },
    ))

  test('of one account say nothing of another, and a clock that was set back does not stop them', async () => {
    const limit = { tenant: '', connector: 'back', account: 'default', name: 'send', size: 1, windowMs: 1_000 }
    const take = (account: string) =>
      takeTurns(database(), { ...limit, account }, { wanted: 1, ahead: 0, horizonMs: HORIZON_MS })
    await holdClock(database(), 5_000_000)
    assert.deepEqual((await take('one')).turns, [5_000_000])
    assert.deepEqual((await take('one')).turns, [])
    assert.deepEqual((await take('other')).turns, [5_000_000])
    await holdClock(database(), 4_000_000)
    assert.deepEqual((await take('one')).turns, [4_000_000])
  })
})
