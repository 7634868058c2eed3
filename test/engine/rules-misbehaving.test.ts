import assert from 'node:assert/strict'
import { before } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import type { Workflow } from '../../src/flow/workflow.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { scenario, worlds } from './rules-world.ts'

interface Culprit {
  readonly workflow: Workflow
  /** What it does to itself in the end. */
  readonly ends: (world: EngineWorld, run: string) => Promise<void>
}
const never = new Promise<never>(() => {})

const stuck = (code: string, why: RegExp) => async (world: EngineWorld, run: string) => {
  const status = await world.status(run)
  assert.deepEqual([status.status, status.stuck_code], ['stuck', code])
  assert.match(status.why ?? '', why)
  assert.equal(await world.cancel(run), 'REQUESTED', 'there is a way out')
  assert.equal((await world.status(run)).outcome, 'cancelled')
}
const failed = (why: RegExp) => async (world: EngineWorld, run: string) => {
  while (await world.advanceToNext(run)) if ((await world.status(run)).status === 'ended') break
  const status = await world.status(run)
  assert.deepEqual([status.status, status.outcome], ['ended', 'failed'])
  assert.match(status.why ?? '', why)
}
const completed = (result: string) => async (world: EngineWorld, run: string) => {
  const status = await world.status(run)
  assert.deepEqual([status.outcome, JSON.parse(status.result ?? '')], ['completed', result])
}

const culprits: Readonly<Record<string, Culprit>> = {
  'a step that never returns': {
    workflow: scenario(
      'culprit',
      (flow) => flow.hurried('x'),
      () => never,
    ),
    ends: failed(/given up after 3 attempts: .*took longer than 20 ms/),
  },
  'a step that always throws': {
    workflow: scenario(
      'culprit',
      (flow) => flow.work('x'),
      () => Promise.reject(new Error('no')),
    ),
    ends: failed(/given up after 8 attempts: no/),
  },
  'a step that is tried for ever': {
    workflow: scenario(
      'culprit',
      (flow) => flow.stubborn('x'),
      () => Promise.reject(new Error('no')),
    ),
    ends: async (world, run) => {
      for (let attempt = 1; attempt < 12; attempt += 1) assert.ok(await world.advanceToNext(run), 'it is due again')
      await world.cancel(run)
      assert.equal((await world.status(run)).outcome, 'cancelled')
    },
  },
  'a result of 300 KB': {
    workflow: scenario(
      'culprit',
      (flow) => flow.work('x'),
      async () => 'x'.repeat(300_000),
    ),
    ends: failed(/bytes and may have 262144/),
  },
  'results of more than 8 MB': {
    workflow: scenario(
      'culprit',
      async (flow) => {
        for (let count = 0; count < 40; count += 1) await flow.work(`${count}`)
        return 'all'
      },
      async () => 'x'.repeat(250_000),
    ),
    ends: stuck('TOO_LARGE', /may have 8388608/),
  },
  'a result that JSON has to escape': {
    workflow: scenario(
      'culprit',
      (flow) => flow.work('x'),
      async () => 'a\0b\ud83d',
    ),
    ends: completed('a\0b\ud83d'),
  },
  'an id to keep something under that no database takes': {
    workflow: scenario('culprit', (flow) => flow.put('a\0b')),
    ends: stuck('NOT_STORABLE', /the ledger cannot keep what the run wants to write/),
  },
  'a flow that throws': {
    workflow: scenario('culprit', () => Promise.reject(new RangeError('wrong'))),
    ends: stuck('FLOW_THREW', /RangeError: wrong/),
  },
  'a flow that throws what no database takes': {
    workflow: scenario('culprit', () => Promise.reject(new Error('a\0b\ud83d'))),
    ends: stuck('FLOW_THREW', /a\ufffdb\ufffd/),
  },
  'a flow that waits for a promise of its own': {
    workflow: scenario('culprit', async (flow) => {
      await flow.work('x')
      return never
    }),
    ends: stuck('LANGUAGE_RULE', /waits for something that is not of the flow/),
  },
  'a flow that waits for a timer of its own': {
    workflow: scenario('culprit', async (flow) => {
      await flow.work('x')
      await new Promise((resolve) => setTimeout(resolve, 5))
      return 'late'
    }),
    ends: stuck('LANGUAGE_RULE', /waits for something that is not of the flow/),
  },
  'a flow that does two things at once without branches': {
    workflow: scenario('culprit', async (flow) => (await Promise.all([flow.work('x'), flow.work('y')])).join()),
    ends: stuck('LANGUAGE_RULE', /await it, or give each its own branch/),
  },
  'a flow that catches everything, also that it is cancelled': {
    workflow: scenario('culprit', async (flow) => {
      for (;;) {
        try {
          await flow.go()
        } catch {
          return 'I go on'
        }
      }
    }),
    ends: async (world, run) => {
      await world.cancel(run)
      assert.equal((await world.status(run)).status, 'ended')
    },
  },
  'a flow that catches what makes it stuck': {
    workflow: scenario('culprit', async (flow) => {
      try {
        return await flow.put('a\0b')
      } catch {
        return 'I go on'
      }
    }),
    ends: async (world, run) => assert.equal((await world.status(run)).stuck_code, 'NOT_STORABLE'),
  },
  'a flow that takes quick steps without end': {
    workflow: scenario(
      'culprit',
      async (flow) => {
        for (;;) await flow.work('x')
      },
      async (input) => {
        looped += 1
        if (looped > LOOPS_MAX) throw new Error('nobody stopped it')
        return input
      },
    ),
    ends: async (world, run) => {
      assert.equal((await world.status(run)).outcome, 'cancelled')
      assert.ok(looped < LOOPS_MAX, `the others had their turn after ${looped} steps`)
    },
  },
}
let looped = 0
/** More steps than are taken while twenty runs are driven to their end. */
const LOOPS_MAX = 50_000

const healthy = scenario('healthy', async (flow, id) => {
  await flow.work('a')
  await flow.open(id)
  return String((await flow.go()).n)
})

onBothDatabases('Beside a run that misbehaves', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  for (const [title, { workflow, ends }] of Object.entries(culprits)) {
    inWorld(`${title}: twenty healthy ones go on to their end`, { workflows: [workflow, healthy] }, async (world) => {
      looped = 0
      const culprit = world.engine.start({
        tenant: world.tenant,
        workflow: 'culprit',
        requester: 'requester',
        input: 'x',
      })
      const runs = await Promise.all(Array.from({ length: 20 }, (_, index) => world.start('healthy', `h${index}`)))
      await culprit.created
      if (title.includes('without end')) await world.cancel(culprit.id)
      for (const run of runs) await world.signal(run, 'go', { n: 1 })
      for (const run of runs) assert.equal((await world.status(run)).outcome, 'completed')
      await ends(world, culprit.id)
      assert.equal(world.engine.loaded, 0)
    })
  }
})
