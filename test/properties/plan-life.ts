/** The life of a plan on the real engine and ledger: people, partners and vendors do what the plan says that they do. */
import assert from 'node:assert/strict'
import type { Database } from '../../src/ledger/database/database.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { type Plan, partsOf } from './plan.ts'
import { planPolicies, planWorkflow, wordOf } from './plan-workflow.ts'

const TURNS_MAX = 400
/** The lease of a process that died, and a bit. */
const LEASE_OVER_MS = 11_000

export async function openPlanWorld(database: Database, plan: Plan): Promise<EngineWorld> {
  const journal = { note: () => {} }
  const world = await EngineWorld.open(database, { workflows: [planWorkflow(journal)], policies: planPolicies })
  for (const part of partsOf(plan))
    if ((part.does === 'open' || part.does === 'tell') && part.fails)
      world.faults.set(
        `email ${part.does} ${part.label}`,
        Array.from({ length: 20 }, () => 'refuse' as const),
      )
  return world
}

/** Starts the plan and does what it asks for, until it has ended or is stuck. A process that dies is started again. */
export async function liveThrough(world: EngineWorld, plan: Plan): Promise<string> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const run = await begin(world, plan)
    if (await isOver(world, run)) return run
    await world.engine.idle()
    if (world.crashed) await world.reopen()
    else if (!(await doNext(world, run, plan))) await world.advance(LEASE_OVER_MS)
  }
  assert.fail('the run does not come to an end')
}

/** The caller asks again until it is answered. */
async function begin(world: EngineWorld, plan: Plan): Promise<string> {
  for (;;) {
    const [known] = await world.sql<{ id: string }>('select id from sijil.runs where tenant = $1', [world.tenant])
    if (known !== undefined) return known.id
    const started = world.engine.start({ tenant: world.tenant, workflow: 'plan', requester: 'requester', input: plan })
    await Promise.race([started.created, started.end])
    await world.engine.idle()
    if (world.crashed) await world.reopen()
  }
}

/** A parked undo is settled by a person, and then the run goes on. */
async function isOver(world: EngineWorld, run: string): Promise<boolean> {
  const { status, stuck_code: code } = await world.status(run)
  return status === 'ended' || (status === 'stuck' && code !== 'UNDO_PARKED')
}

async function doNext(world: EngineWorld, run: string, plan: Plan): Promise<boolean> {
  return (
    (await isOver(world, run)) ||
    (await decideNext(world, run)) ||
    (await settleNext(world, run)) ||
    (await sayNext(world, run, plan)) ||
    (await world.advanceToNext(run))
  )
}

async function decideNext(world: EngineWorld, run: string): Promise<boolean> {
  const [task] = await world.sql<{ id: string; digest: string; verdict: string }>(
    `select id, digest, packet::jsonb ->> 'verdict' as verdict from sijil.tasks
      where tenant = $1 and run = $2 and state = 'open' and packet::jsonb ->> 'verdict' <> 'silence' order by key`,
    [world.tenant, run],
  )
  if (task === undefined) return false
  await world.member("select sijil.decide_task($1, $2, 'manager', $3, $4, '{}', 'because', 'test')", [
    world.tenant,
    task.id,
    task.verdict,
    task.digest,
  ])
  world.engine.wake(run)
  return true
}

/** A person finds out at the vendor what became of an effect in doubt. */
async function settleNext(world: EngineWorld, run: string): Promise<boolean> {
  const doubts = await world.sql<{ key: string; generation: number }>(
    "select key, generation from sijil.effects where tenant = $1 and run = $2 and state in ('in_doubt', 'parked') order by key",
    [world.tenant, run],
  )
  for (const { key, generation } of doubts) {
    const full = `${run}/${key}${generation === 1 ? '' : `~${generation}`}`
    const happened = world.acts.some((act) => act.key === full)
    const output = key.startsWith('undo ') ? null : { said: await saidBy(world, run, key) }
    // One that was settled before may wait for its turn: undo goes from the latest to the first.
    if (
      (await world.resolve(run, key, happened ? { outcome: 'happened', output } : { outcome: 'never' })) === 'RESOLVED'
    )
      return true
  }
  return false
}

/** What the step would have said. */
async function saidBy(world: EngineWorld, run: string, key: string): Promise<string> {
  const [effect] = await world.sql<{ step: string; label: string }>(
    "select step, input::jsonb ->> 'label' as label from sijil.effects where tenant = $1 and run = $2 and key = $3",
    [world.tenant, run, key],
  )
  const past = { open: 'opened', tell: 'told', commit: 'committed' }[effect?.step ?? '']
  return `${past} ${effect?.label}`
}

/** An early word comes before anybody waits for it, a late one when it is waited for the last time. */
async function sayNext(world: EngineWorld, run: string, plan: Plan): Promise<boolean> {
  const waits = await world.sql<{ key: string; name: string }>(
    "select key, name from sijil.waits where tenant = $1 and run = $2 and kind = 'signal'",
    [world.tenant, run],
  )
  for (const part of partsOf(plan)) {
    if (part.does !== 'wait' || part.word === 'never') continue
    const name = wordOf(part.label)
    const isTime =
      part.word === 'early' || waits.some((wait) => wait.name === name && (!part.reminds || wait.key.endsWith('/last')))
    if (isTime && (await world.signal(run, name, { said: `word ${part.label}` }, name)) === 'accepted') return true
  }
  return false
}

/** Lets a run that has ended go through its record once more, as a fresh process would after a crash. */
export async function rewind(world: EngineWorld, run: string): Promise<void> {
  await world.sql(
    `update sijil.runs set status = 'ready', due_ms = 0, outcome = null, undo = null, result = null, why = null, ended_ms = null,
      stuck_code = null where tenant = $1 and id = $2`,
    [world.tenant, run],
  )
  world.engine.wake(run)
  await world.engine.idle()
}

export const recordsOf = (world: EngineWorld, run: string): Promise<readonly object[]> =>
  world.sql('select * from sijil.records where tenant = $1 and run = $2 order by seq', [world.tenant, run])
