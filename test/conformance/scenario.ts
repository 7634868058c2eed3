/** One story of a run that every engine must tell in the same way, and what is seen of it at its end. */
import assert from 'node:assert/strict'
import { fraction } from '../../src/flow/fraction.ts'
import { minutes } from '../../src/flow/index.ts'
import type { RunView } from '../../src/ledger/reading/run-view.ts'
import {
  type Fault,
  type TestRun,
  type TestVendors,
  TestWorld,
  type TestWorldSettings,
} from '../../src/testing/index.ts'

export interface Stage {
  readonly world: TestWorld
  readonly run: TestRun
}

export interface Scenario {
  /** A sentence of its own in the matrix. */
  readonly title: string
  readonly workflow: string
  readonly input: unknown
  /** What the next calls of a vendor meet, by operation. */
  readonly faults?: Readonly<Record<string, readonly Fault[]>>
  /** What people, partners and time do, until the run has ended. */
  readonly play: (stage: Stage) => Promise<void>
  /** Branches run side by side: which of their acts comes first is not told. */
  readonly sideBySide?: true
  /** Several branches fail: which of them is first is not told. */
  readonly firstIsChance?: true
  readonly ends: Ends
}

export interface Ends {
  readonly outcome: string
  readonly undo: RunView['undo']
  /** The keys of what the vendors did, without the run's id. */
  readonly acts: readonly string[]
}

export type Observed = Awaited<ReturnType<typeof observe>>

/** What a world needs besides its engine. */
export type Surroundings = Omit<TestWorldSettings, 'workflows' | 'policies'>

/** Plays the scenario, holds its end against what it says, and answers what is left of it in the ledger and at the vendors. */
export async function playIn(settings: TestWorldSettings, scenario: Scenario): Promise<Observed> {
  const observed = await observedIn(settings, scenario)
  assertEnds(observed, scenario)
  return observed
}

/** Plays it, and answers what is left of it in the ledger and at the vendors, whatever that is. */
export async function observedIn(settings: TestWorldSettings, scenario: Omit<Scenario, 'ends'>): Promise<Observed> {
  const world = await TestWorld.open(settings)
  try {
    for (const [what, faults] of Object.entries(scenario.faults ?? {})) world.vendors.fault(what, ...faults)
    const run = await world.start(scenario.workflow, scenario.input)
    await scenario.play({ world, run })
    return await observe(scenario, await run.view(), world.vendors)
  } finally {
    await world.close()
  }
}

function assertEnds({ run, acts, waits, tasks }: Observed, { ends, sideBySide }: Scenario): void {
  const keys = acts.map(({ key }) => key)
  assert.deepEqual(
    { outcome: run.outcome, undo: run.undo, acts: sideBySide ? keys.toSorted() : keys },
    { ...ends, acts: sideBySide ? ends.acts.toSorted() : ends.acts },
  )
  assert.equal(run.status, 'ended')
  assert.equal(waits.length, 0)
  assert.deepEqual(
    tasks.filter(({ state, kind }) => state === 'open' && kind === 'gate'),
    [],
  )
}

/** Everything but times, sequences and the names of processes. Rows are in the order of their keys: branches run side by side. */
async function observe(scenario: Omit<Scenario, 'ends'>, view: RunView, vendors: TestVendors) {
  const { id, status, outcome, undo, why, pivoted, result, waits } = view
  const seen = {
    run: { status, outcome, undo, why, pivoted, result },
    waits,
    records: view.records
      .map(({ key, kind, name, outcome: came, value }) => {
        const isChance = scenario.firstIsChance === true && kind === 'choice'
        return { key, kind, name, outcome: came, value: isChance ? 'one of them' : value }
      })
      .toSorted(byKey),
    effects: view.effects
      .map(({ key, step, of, action, undoable, input, state, generation, attempt, problem }) => {
        return { key, step, of, action, undoable, input, state, generation, attempt, problem }
      })
      .toSorted(byKey),
    receipts: view.receipts.map(({ key, action }) => ({ key, action })).toSorted(byKey),
    tasks: view.tasks
      .map(({ kind, key, gate, state, authorises, packet, slots, decisions, escalatedFrom }) => {
        const votes = decisions.map(({ person, verdict, value, comments }) => ({ person, verdict, value, comments }))
        return { kind, key, gate, state, authorises, packet, slots, votes, isEscalated: escalatedFrom !== null }
      })
      .toSorted(byKey),
    letters: view.signals.map(({ number, kind, name, payload, consumedBy }) => {
      return {
        number,
        kind,
        name: kind === 'decision' ? '' : name,
        payload: kind === 'decision' ? null : payload,
        consumedBy,
      }
    }),
    audit: view.audit.map(({ what, subject, why: because }) => `${what} ${subject} ${because ?? ''}`),
    acts: vendors.acts.map(({ what, key, request }) => ({ what, key: key.slice(id.length + 1), request })),
  }
  if (scenario.sideBySide) seen.acts.sort(byKey)
  const same = ofAnyRun(seen, view)
  return { ...same, audit: same.audit.toSorted() }
}

const byKey = (one: { readonly key: string }, other: { readonly key: string }): number => compare(one.key, other.key)
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** The same whatever the ids of the run, its tasks and its letters are, and what it draws from them. */
function ofAnyRun<T>(seen: T, { id, tasks, signals }: RunView): T {
  let text = JSON.stringify(seen)
    .replaceAll(String(fraction(`${id}/random`)), '0.5')
    .replaceAll(id, 'this run')
  for (const task of tasks) text = text.replaceAll(task.id, `task ${task.key}`)
  for (const letter of signals) text = text.replaceAll(letter.id, `letter ${letter.number}`)
  // The same value with other texts in it.
  return JSON.parse(text.replaceAll(LINK, 'a link'), masked) as T
}

/** Personal links are drawn anew each time, and what is personal is sealed under a key of its own. */
const LINK = /http:\/\/127\.0\.0\.1:4747\/[^\s"<\\]+/g
const masked = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'sealed' in value ? 'sealed' : value

/** Lets a minute pass, and another, until it is so. */
export async function passUntil({ world, run }: Stage, isSo: (view: RunView) => boolean): Promise<RunView> {
  for (let turn = 0; turn < 60; turn += 1) {
    const view = await run.view()
    if (isSo(view)) return view
    await world.advance(minutes(1))
  }
  const { status, stuckCode, waits, effects } = await run.view()
  assert.fail(`it does not come to that: ${JSON.stringify({ status, stuckCode, waits, effects }, null, 1)}`)
}

export const waitsAt =
  (name: string) =>
  (view: RunView): boolean =>
    view.waits.some((wait) => wait.name === name)
export const isStuck =
  (code: string) =>
  (view: RunView): boolean =>
    view.stuckCode === code
export const isInDoubt =
  (key: string) =>
  (view: RunView): boolean =>
    view.effects.some((effect) => effect.key === key && (effect.state === 'in_doubt' || effect.state === 'parked'))
