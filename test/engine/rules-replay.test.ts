import assert from 'node:assert/strict'
import { before } from 'node:test'
import { days } from '../../src/flow/index.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { deliver, type RulesFlow, scenario, worlds } from './rules-world.ts'

type Code = (flow: RulesFlow, input: string) => Promise<string>

const released: Code = async (flow, id) => {
  await flow.work('a')
  await flow.open(id)
  const answer = await flow.go({ within: days(5) })
  if (answer.timedOut) throw flow.abandon('over')
  await flow.sign(id)
  return 'done'
}

/** What somebody might do to the code of a version while its runs wait. */
const changes: Readonly<Record<string, Code>> = {
  'another input of a step': async (flow, id) => {
    await flow.work('b')
    await flow.open(id)
    await flow.go({ within: days(5) })
    await flow.sign(id)
    return 'done'
  },
  'another step at the same place': async (flow, id) => {
    await flow.put('a')
    return released(flow, id)
  },
  'a step left out': async (flow, id) => {
    await flow.work('a')
    await flow.go({ within: days(5) })
    await flow.sign(id)
    return 'done'
  },
  'a step put in before the wait': async (flow, id) => {
    await flow.work('a')
    await flow.open(id)
    await flow.mail('new')
    await flow.go({ within: days(5) })
    return 'done'
  },
  'another length of the wait': async (flow, id) => {
    await flow.work('a')
    await flow.open(id)
    await flow.go({ within: days(6) })
    await flow.sign(id)
    return 'done'
  },
  'another wait': async (flow, id) => {
    await flow.work('a')
    await flow.open(id)
    await flow.ask({ about: id })
    return 'done'
  },
  'an earlier end': async (flow) => {
    await flow.work('a')
    return 'done'
  },
  'an end at once': async () => 'done',
}

onBothDatabases('Code that changed under a run', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)
  const received = async (world: EngineWorld, run: string) => {
    await deliver(world, run, 'go', 1)
    world.engine.wake(run)
    await world.engine.idle()
  }

  for (const [change, changed] of Object.entries(changes)) {
    let code = released
    const workflow = scenario('changing', (flow, input) => code(flow, input))
    inWorld(
      `${change}: the run is stuck and says why, nothing is made, and the released code goes on`,
      { workflows: [workflow] },
      async (world) => {
        code = released
        const run = await world.start('changing', 'x')
        await world.engine.idle()
        assert.equal((await world.status(run)).status, 'waiting')
        code = changed
        await received(world, run)
        const stuck = await world.status(run)
        assert.deepEqual([stuck.status, stuck.stuck_code], ['stuck', 'REPLAY_DIFFERS'])
        assert.match(stuck.why ?? '', /"(work|open|go|put|mail|ask)"/, 'names the place')
        assert.match(stuck.why ?? '', /Restore the released code and retry the run, or cancel it/, 'and the ways out')
        assert.deepEqual(
          world.acts.map(({ what }) => what),
          ['crm applicant'],
        )
        assert.equal(stuck.seq, 2, 'nothing new is on record')
        code = released
        await world.member("select sijil.retry_run($1, $2, 'operator', 'test', 'restored')", [world.tenant, run])
        world.engine.wake(run)
        await world.engine.idle()
        assert.equal((await world.status(run)).outcome, 'completed')
        assert.deepEqual(
          world.acts.map(({ what }) => what),
          ['crm applicant', 'esign send'],
        )
      },
    )
  }

  let code = released
  const workflow = scenario('changing', (flow, input) => code(flow, input))
  inWorld(
    'a run that is stuck on it can be cancelled, and is undone from the record',
    { workflows: [workflow] },
    async (world) => {
      const run = await world.start('changing', 'x')
      await world.engine.idle()
      code = async (flow) => flow.put('other')
      await received(world, run)
      assert.equal((await world.status(run)).stuck_code, 'REPLAY_DIFFERS')
      assert.equal(await world.cancel(run), 'REQUESTED')
      const { outcome, undo } = await world.status(run)
      assert.deepEqual([outcome, undo], ['cancelled', 'compensated'])
      assert.deepEqual(
        world.acts.map(({ what }) => what),
        ['crm applicant', 'crm closed'],
      )
    },
  )
})

onBothDatabases('What a step answers', (database) => {
  before(() => migrate(database()))
  const seen: string[] = []
  const looking = scenario('looking', async (flow, id) => {
    seen.push(JSON.stringify(await flow.open(id)))
    await flow.go()
    return 'seen'
  })

  worlds(database)('is given to the flow as a replay will give it', { workflows: [looking] }, async (world) => {
    seen.length = 0
    const run = await world.start('looking', 'x')
    await world.engine.idle()
    await world.signal(run, 'go', { n: 1 })
    assert.equal((await world.status(run)).result, '"seen"')
    // The ledger orders fields by name, whatever the order in which the vendor's answer had them.
    assert.deepEqual(
      seen,
      Array.from({ length: 2 }, () => '{"created":true,"recordId":"crm:x"}'),
    )
  })
})
