import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { dealPolicies, dealWorkflow } from './deal.ts'

/** What the people and the partner of a scenario do when they are asked. */
interface Scenario {
  readonly title: string
  readonly review: 'approve' | 'reject'
  readonly reply: boolean | 'silence'
  readonly outcome: string
  /** What the vendors have done in the end, each once. */
  readonly acts: readonly string[]
}

const scenarios: readonly Scenario[] = [
  {
    title: 'completed',
    review: 'approve',
    reply: true,
    outcome: 'completed',
    acts: ['crm applicant', 'email offer', 'esign send', 'whatsapp'],
  },
  {
    title: 'rejected',
    review: 'reject',
    reply: true,
    outcome: 'rejected',
    acts: ['crm applicant', 'crm closed'],
  },
  {
    title: 'declined',
    review: 'approve',
    reply: false,
    outcome: 'declined',
    acts: ['crm applicant', 'crm closed', 'email offer', 'email retraction'],
  },
  {
    title: 'no answer',
    review: 'approve',
    reply: 'silence',
    outcome: 'no answer',
    acts: ['crm applicant', 'crm closed', 'email offer', 'email reminder', 'email reminder', 'email retraction'],
  },
]

/** One life of a run whose process dies once, or not at all. */
async function liveAndDie(world: EngineWorld, scenario: Scenario): Promise<void> {
  const input = { id: 'd1', size: 'small', price: 10 }
  const run = world.engine.start({ tenant: world.tenant, workflow: 'deal', requester: 'requester', input })
  await world.engine.idle()
  if (world.crashed) await world.reopen()
  const [known] = await world.sql('select id from sijil.runs where tenant = $1', [world.tenant])
  if (known === undefined) return // it died before the start was durable: the caller was never answered
  await live(world, run.id, scenario)
  const ended = await world.status(run.id)
  const at = `died at point ${world.crashAt}`
  assert.equal(ended.outcome, scenario.outcome, at)
  if (scenario.outcome !== 'completed') assert.equal(ended.undo, 'compensated', at)
  assert.deepEqual(world.acts.map(({ what }) => what).toSorted(), scenario.acts.toSorted(), at)
  await assertSound(world, run.id, at)
}

/** Does what is asked until the run has ended. A process that died is started again; an effect in doubt is settled by the truth. */
async function live(world: EngineWorld, run: string, scenario: Scenario): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    await world.engine.idle()
    if (world.crashed) await world.reopen()
    else if (!(await take(world, run, scenario))) return
  }
  assert.fail('the run does not come to an end')
}

async function take(world: EngineWorld, run: string, scenario: Scenario): Promise<boolean> {
  const { status } = await world.status(run)
  if (status === 'ended') return false
  const [task] = await world.openTasks(run)
  if (task !== undefined) return done(await world.decide(run, 'manager', scenario.review))
  const [doubt] = await world.sql<{ key: string; generation: number; input: string }>(
    "select key, generation from sijil.effects where tenant = $1 and run = $2 and state in ('in_doubt', 'parked') order by key",
    [world.tenant, run],
  )
  if (doubt !== undefined)
    return done(await world.resolve(run, doubt.key, truth(world, `${run}/${doubt.key}`, doubt.generation)))
  const waits = await world.sql<{ name: string }>(
    "select name from sijil.waits where tenant = $1 and run = $2 and kind = 'signal'",
    [world.tenant, run],
  )
  const names = new Set(waits.map(({ name }) => name))
  if (names.has('signed')) return done(await world.signal(run, 'signed', {}, 'signed'))
  if (names.has('reply') && scenario.reply !== 'silence')
    return done(await world.signal(run, 'reply', { accepts: scenario.reply }, 'reply'))
  if (await world.advanceToNext(run)) return true
  await world.advance(11_000) // a lease of the process that died
  return true
}
const done = (_code: string): true => true

/** What a person finds out who asks the vendor. */
function truth(world: EngineWorld, key: string, generation: number): object {
  const full = generation === 1 ? key : `${key}~${generation}`
  if (!world.acts.some((act) => act.key === full)) return { outcome: 'never' }
  return { outcome: 'happened', output: key.includes('undo') ? null : { messageId: `found:${full}` } }
}

onBothDatabases('a process that dies at any point', (database) => {
  before(() => migrate(database()))

  for (const durability of ['travelling', 'each'] as const) {
    for (const scenario of scenarios) {
      test(`${scenario.title}, ${durability}: nothing is lost and nothing is done twice`, async () => {
        let points = Number.POSITIVE_INFINITY
        let deaths = 0
        for (let crashAt = 1; crashAt <= points; crashAt += 1) {
          const world = await EngineWorld.open(database(), {
            workflows: [dealWorkflow],
            policies: dealPolicies,
            durability,
          })
          world.crashAt = crashAt
          try {
            await liveAndDie(world, scenario)
          } finally {
            await world.close()
          }
          if (world.points < crashAt) points = world.points
          else deaths += 1
        }
        assert.ok(deaths > 15, `${deaths} deaths tried`)
      })
    }
  }
})

/** What must hold of every ended run, by the rows. */
async function assertSound(world: EngineWorld, run: string, at: string): Promise<void> {
  const keys = world.acts.map(({ key }) => key)
  assert.equal(new Set(keys).size, keys.length, `${at}: one key, one act`)
  const of = [world.tenant, run]
  const [left] = await world.sql<{ waits: number; tasks: number; open: number; gaps: number }>(
    `select (select count(*)::int from sijil.waits where tenant = $1 and run = $2) as waits,
       (select count(*)::int from sijil.tasks where tenant = $1 and run = $2 and state = 'open') as tasks,
       (select count(*)::int from sijil.effects where tenant = $1 and run = $2 and state not in ('done', 'refused', 'never')) as open,
       (select coalesce(max(seq), 0)::int - count(*)::int from sijil.records where tenant = $1 and run = $2) as gaps`,
    of,
  )
  assert.deepEqual(left, { waits: 0, tasks: 0, open: 0, gaps: 0 }, at)
}
