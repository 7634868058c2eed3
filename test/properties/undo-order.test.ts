import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Operation } from '../../src/flow/host.ts'
import { type Plan, wildPlans } from './plan.ts'
import { runs } from '../support/property-runs.ts'
import { type Act, carryOutScripted, type PlanEnd } from './scripted-plan.ts'

const UNDOABLE = /(^|\/)(keep|save|sign|open)(#\d+)?$/

/** What was done and decided, in the order in which it happened. */
type Moment = Act | { readonly what: 'race lost'; readonly closes: readonly string[] } | { readonly what: 'ending' }

interface Lived {
  readonly end: PlanEnd
  readonly moments: readonly Moment[]
  readonly pivots: readonly string[]
}

/** Carries a plan out; after so many answers of vendors it is to be ended. */
async function live(plan: Plan, scheduler: fc.Scheduler, cancelAfter: number | null): Promise<Lived> {
  const moments: Moment[] = []
  let answers = 0
  const answering = async (key: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), key)
    answers += 1
    // The ledger takes no such request after a pivot.
    if (answers === cancelAfter && pivots().length === 0) run.cancel()
  }
  const onAsk = (operation: Operation): void => {
    if (operation.kind === 'ending') moments.push({ what: 'ending' })
    if (operation.kind === 'choice' && operation.name === 'race')
      moments.push({ what: 'race lost', closes: operation.closes })
  }
  const run = carryOutScripted({ plan, answering, onAsk, onAct: (act) => moments.push(act) })
  const pivots = () => [...run.ledger.rows.values()].filter(({ name }) => name === 'commit').map(({ key }) => key)
  const end = await scheduler.waitFor(run.end)
  return { end, moments, pivots: pivots() }
}

const under = (paths: readonly string[], key: string): boolean => paths.some((path) => key.startsWith(path))

/** Everything under some paths that had been started and not been taken back, latest first. */
function standing(before: readonly Moment[], paths: readonly string[]): readonly string[] {
  const gone = new Set(keysOf(before, 'taken back', paths))
  return keysOf(before, 'made', paths)
    .filter((key) => UNDOABLE.test(key) && !gone.has(key))
    .toReversed()
}
const keysOf = (moments: readonly Moment[], what: Act['what'], paths: readonly string[]): readonly string[] =>
  moments.flatMap((moment) => (moment.what === what && under(paths, moment.key) ? [moment.key] : []))

/** A run that is stuck may not have come to the end of it. */
function assertUndone({ moments, end }: Lived, at: number, paths: readonly string[]): void {
  const expected = standing(moments.slice(0, at), paths)
  const undone = keysOf(moments.slice(at), 'taken back', paths)
  assert.deepEqual(undone, end.outcome === 'stuck' ? expected.slice(0, undone.length) : expected)
}

function assertRaceUndone(lived: Lived, at: number, lost: readonly string[]): void {
  const bound = lost.filter((path) => lived.pivots.some((key) => key.startsWith(path)))
  if (standing(lived.moments.slice(0, at), bound).length === 0) return assertUndone(lived, at, lost)
  assert.equal(lived.end.outcome, 'stuck')
  assert.deepEqual(keysOf(lived.moments.slice(at), 'taken back', lost), [], 'a loser has come to its pivot')
}

const cancellations = fc.option(fc.integer({ min: 1, max: 12 }))

test('what was started is taken back once, latest first, by the race that was lost or the ending that came; after a pivot nothing is', () =>
  fc.assert(
    fc.asyncProperty(wildPlans, fc.scheduler(), cancellations, async (plan, scheduler, cancelAfter) => {
      const lived = await live(plan, scheduler, cancelAfter)
      const { end, moments, pivots } = lived
      for (const [at, moment] of moments.entries()) {
        if (moment.what === 'race lost') assertRaceUndone(lived, at, moment.closes)
        if (moment.what === 'ending') assertUndone(lived, at, [''])
      }
      const undone = keysOf(moments, 'taken back', [''])
      assert.equal(new Set(undone).size, undone.length, 'once')
      const hasEnded = moments.some(({ what }) => what === 'ending')
      assert.equal(end.outcome, hasEnded ? 'ended' : end.outcome === 'stuck' ? 'stuck' : 'completed')
      if (hasEnded) assert.deepEqual(pivots, [], 'an ending that undoes comes before any pivot')
      if (end.outcome === 'stuck') assert.notDeepEqual(pivots, [])
    }),
    runs(400),
  ))
