import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/flow/canonical.ts'
import type { Operation } from '../../src/flow/host.ts'
import { newLedger, type ScriptedLedger } from '../support/scripted-host.ts'
import { type Plan, tamePlans, wildPlans } from './plan.ts'
import { runs } from '../support/property-runs.ts'
import { carryOutScripted, type PlanEnd } from './scripted-plan.ts'

/** Carries a plan out while fast-check decides in which order the vendors answer. */
async function live(plan: Plan, scheduler: fc.Scheduler, ledger: ScriptedLedger = newLedger()) {
  const asked: Operation[] = []
  const answering = (key: string): Promise<void> => scheduler.schedule(Promise.resolve(), key)
  const run = carryOutScripted({ plan, ledger, answering, onAsk: (operation) => asked.push(operation) })
  return { end: await scheduler.waitFor(run.end), acts: run.acts, asked, ledger }
}
const copyOf = ({ rows, started }: ScriptedLedger): ScriptedLedger => ({ rows: new Map(rows), started: [...started] })

/** Whether another branch has come to the pivot meanwhile is no part of what is asked. */
const textOfAsked = (operation: Operation): string => canonical({ ...operation, afterPivot: null })

/** The paths of branches that lost a race or were doomed by another's failure: a replay leaves them out. */
const closedBy = (asked: readonly Operation[]): readonly string[] =>
  asked.flatMap((operation) => (operation.kind === 'choice' ? operation.closes : []))

test('a replay of the whole record asks the same, learns the same and ends the same, and makes nothing', () =>
  fc.assert(
    fc.asyncProperty(wildPlans, fc.scheduler(), fc.scheduler(), async (plan, one, other) => {
      const first = await live(plan, one)
      const again = await live(plan, other, copyOf(first.ledger))
      assert.deepEqual(again.end, first.end)
      for (const [key, row] of first.ledger.rows) assert.equal(again.ledger.rows.get(key), row)
      // Beside a branch that is stuck the others may get further each time.
      if (first.end.outcome === 'stuck') return
      assert.deepEqual([...again.ledger.rows.keys()], [...first.ledger.rows.keys()])
      assert.deepEqual(again.ledger.started, first.ledger.started)
      assert.deepEqual(again.acts, [])
      const asked = new Set(first.asked.map(textOfAsked))
      for (const operation of again.asked)
        assert.ok(asked.has(textOfAsked(operation)), `${operation.key} is asked anew`)
      if (first.ledger.rows.has('ending')) return // the flow is not called again
      const keys = new Set(again.asked.map(({ key }) => key))
      const closed = closedBy(first.asked)
      for (const { key } of first.ledger.rows.values())
        assert.ok(
          keys.has(key) || closed.some((path) => key.replace(/^undo /, '').startsWith(path)),
          `${key} is not asked again`,
        )
    }),
    runs(300),
  ))

/** How a run ended, but for what timing decides: whether a branch that was given up had started anything. */
const endOf = (end: PlanEnd): unknown => (end.outcome === 'ended' ? { ...end, undo: '' } : end)

test('whatever the record holds when the process dies, the run ends as it would have, and what was recorded stays', () =>
  fc.assert(
    fc.asyncProperty(tamePlans, fc.scheduler(), fc.infiniteStream(fc.scheduler()), async (plan, one, others) => {
      const whole = await live(plan, one)
      const rows = [...whole.ledger.rows]
      for (let count = 0; count <= rows.length; count += 1) {
        const recorded = new Map(rows.slice(0, count))
        const started = whole.ledger.started.filter(({ key }) => recorded.has(key))
        const [scheduler] = others.take(1)
        assert.ok(scheduler !== undefined)
        const resumed = await live(plan, scheduler, { rows: new Map(recorded), started })
        assert.deepEqual(endOf(resumed.end), endOf(whole.end), `after ${count} records`)
        for (const [key, row] of recorded) assert.equal(resumed.ledger.rows.get(key), row)
        for (const { what, key } of resumed.acts)
          assert.ok(what === 'taken back' || !recorded.has(key), `${key} is made again`)
      }
    }),
    runs(60),
  ))
