import assert from 'node:assert/strict'
import { before, describe } from 'node:test'
import type { LocalEngine, LocalEngineSettings } from '../../src/engine/local/local-engine.ts'
import { days } from '../../src/flow/index.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import {
  deliver,
  door,
  intercepted,
  scenario,
  startProcess,
  untilEnded,
  watchingMailbox,
  worlds,
} from './rules-world.ts'

const DAY = 86_400_000

const waiting = scenario('waiting', async (flow, id) => {
  await flow.open(id)
  return String((await flow.go()).n)
})
const twice = scenario('twice', async (flow) => `${(await flow.go()).n} ${(await flow.go()).n}`)
const timed = scenario('timed', async (flow) => {
  const answer = await flow.go({ within: days(1) })
  if (!answer.timedOut) return `in time ${answer.value.n}`
  return `too late, then ${(await flow.go()).n}`
})

/** Does something once, just before the first statement that carries a patch of the kind. */
function justBefore(
  what: 'the parking' | 'the expiry',
  work: (run: string) => Promise<void> | void,
): LocalEngineSettings['onCommit'] {
  let done = false
  return async (patches, moment) => {
    const patch = patches.find(({ next, records }) =>
      what === 'the parking' ? next.status === 'waiting' : records.some(({ outcome }) => outcome === 'expired'),
    )
    if (patch === undefined || moment === 'after' || done) return
    done = true
    await work(patch.run)
  }
}

onBothDatabases('A signal', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)
  const run = async (world: EngineWorld, engine: LocalEngine, workflow: string) => {
    const { created } = engine.start({ tenant: world.tenant, workflow, requester: 'requester', input: 'x' })
    return (await created).id
  }

  inWorld(
    'that comes while the run is being parked is not lost, and needs no wake',
    { workflows: [] },
    async (world) => {
      const { onCommit, ended } = untilEnded(justBefore('the parking', (id) => deliver(world, id, 'go', 7)))
      const engine = await startProcess(world, [waiting], { onCommit })
      const id = await run(world, engine, 'waiting')
      await ended
      assert.equal((await world.status(id)).result, '"7"')
      engine.abandon()
    },
  )

  inWorld('told of while the run is being parked is not forgotten', { workflows: [] }, async (world) => {
    let engine: LocalEngine | undefined
    const parking = justBefore('the parking', async (id) => {
      await deliver(world, id, 'go', 7)
      engine?.wake(id)
    })
    const { onCommit, ended } = untilEnded(parking)
    engine = await startProcess(world, [waiting], { onCommit })
    await run(world, engine, 'waiting')
    await ended
    engine.abandon()
  })

  inWorld('told of between a parking and its end in memory is not forgotten', { workflows: [] }, async (world) => {
    let engine: LocalEngine | undefined
    let parked = false
    const { onCommit, ended } = untilEnded(async (patches, moment) => {
      const patch = patches.find(({ next }) => next.status === 'waiting')
      if (patch === undefined || moment === 'before' || parked) return
      parked = true
      await deliver(world, patch.run, 'go', 7)
      engine?.wake(patch.run)
    })
    engine = await startProcess(world, [waiting], { onCommit })
    await run(world, engine, 'waiting')
    await ended
    engine.abandon()
  })

  inWorld('wakes a parked run of the same process without any look at the ledger', { workflows: [] }, async (world) => {
    const { onCommit, ended } = untilEnded()
    const engine = await startProcess(world, [waiting], { onCommit })
    const started = engine.start({ tenant: world.tenant, workflow: 'waiting', requester: 'requester', input: 'x' })
    assert.equal((await started.end).kind, 'parked')
    await deliver(world, started.id, 'go', 7)
    engine.wake(started.id)
    await ended
    engine.abandon()
  })

  inWorld('received on the deadline, while the expiry is being written, beats it', { workflows: [] }, async (world) => {
    const { onCommit, ended } = untilEnded(justBefore('the expiry', (id) => deliver(world, id, 'go', 7)))
    const engine = await startProcess(world, [timed], { onCommit })
    const id = await run(world, engine, 'timed')
    await engine.idle()
    await world.setClock(world.now + DAY)
    await engine.clockMoved()
    await ended
    assert.equal((await world.status(id)).result, '"in time 7"')
    engine.abandon()
  })

  inWorld(
    'received after the deadline does not undo it, and is there for the next wait',
    { workflows: [] },
    async (world) => {
      const { onCommit, ended } = untilEnded(justBefore('the expiry', (id) => deliver(world, id, 'go', 7)))
      const engine = await startProcess(world, [timed], { onCommit })
      const id = await run(world, engine, 'timed')
      await engine.idle()
      await world.setClock(world.now + DAY + 1)
      await engine.clockMoved()
      await ended
      assert.equal((await world.status(id)).result, '"too late, then 7"')
      engine.abandon()
    },
  )

  inWorld('that comes while the run is being loaded is taken, and taken once', { workflows: [] }, async (world) => {
    let id = ''
    const loading = async (statement: string) => {
      if (statement !== 'load_letters' || id === '') return
      const of = id
      id = ''
      await deliver(world, of, 'go', 1)
    }
    const engine = await startProcess(world, [twice], { database: intercepted(world.database, loading) })
    const started = await run(world, engine, 'twice')
    await engine.idle()
    id = started
    await deliver(world, started, 'stop', 0) // of no use to anybody: it only has the run loaded
    engine.wake(started)
    await engine.idle()
    const taken = await world.sql('select from sijil.signals where run = $1 and consumed_by is not null', [started])
    assert.deepEqual([taken.length, (await world.status(started)).status], [1, 'waiting'])
    await deliver(world, started, 'go', 2)
    engine.wake(started)
    await engine.idle()
    assert.equal((await world.status(started)).result, '"1 2"')
    engine.abandon()
  })

  inWorld('that is taken and not written yet is not taken again', { workflows: [] }, async (world) => {
    const busy = door()
    const between = scenario(
      'between',
      async (flow) => {
        const { n } = await flow.go()
        await flow.work('long')
        return `${n} ${(await flow.go()).n}`
      },
      async (input) => {
        await busy.pass()
        return input
      },
    )
    const mailbox = watchingMailbox(world.database)
    const engine = await startProcess(world, [between], { database: mailbox.database })
    const id = await run(world, engine, 'between')
    await engine.idle()
    await deliver(world, id, 'go', 1)
    engine.wake(id)
    await busy.reached
    await deliver(world, id, 'stop', 0) // of no use to anybody: it only has the mailbox read once more
    const readAgain = mailbox.nextRead()
    engine.wake(id)
    await readAgain
    busy.open()
    await engine.idle()
    assert.equal((await world.status(id)).status, 'waiting')
    await deliver(world, id, 'go', 2)
    engine.wake(id)
    await engine.idle()
    assert.equal((await world.status(id)).result, '"1 2"')
    engine.abandon()
  })

  const asking = scenario('asking', async (flow, about) => (await flow.ask({ about })).outcome)
  inWorld('decision that comes while the run is being loaded is taken', { workflows: [asking] }, async (world) => {
    const engine = await startProcess(world, [asking], {
      database: intercepted(world.database, async (statement) => {
        const [task] =
          statement === 'load_letters'
            ? await world.sql<{ run: string }>("select run from sijil.tasks where tenant = $1 and state = 'open'", [
                world.tenant,
              ])
            : []
        if (task !== undefined) await world.decide(task.run, 'manager', 'approve')
      }),
    })
    world.engine.abandon()
    const id = await run(world, engine, 'asking')
    await engine.idle()
    await deliver(world, id, 'stop', 0)
    engine.wake(id)
    await engine.idle()
    assert.equal((await world.status(id)).result, '"approved"')
    engine.abandon()
  })

  inWorld(
    'of many for many waits is taken once each, in the order in which they came',
    { workflows: [] },
    async (world) => {
      const ten = scenario('ten', async (flow) => {
        const taken: number[] = []
        for (let count = 0; count < 10; count += 1) taken.push((await flow.go()).n)
        return taken.join(' ')
      })
      const engine = await startProcess(world, [ten])
      const id = await run(world, engine, 'ten')
      for (let n = 0; n < 10; n += 1) {
        await deliver(world, id, 'go', n)
        if (n % 3 === 0) engine.wake(id)
      }
      engine.wake(id)
      await engine.idle()
      assert.equal((await world.status(id)).result, '"0 1 2 3 4 5 6 7 8 9"')
      engine.abandon()
    },
  )

  inWorld('sent many times at once with one id is accepted once', { workflows: [waiting] }, async (world) => {
    const id = await world.start('waiting', 'x')
    const send = (signal: string) =>
      world.member<{ answer: string }>(
        "select sijil.deliver_signal($1, $2, $3, 'signal', 'stop', '{}', 'partner', 'test') as answer",
        [world.tenant, id, signal],
      )
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => send(`s${index % 10}`)))
    const accepted = answers.filter(([row]) => row?.answer === 'accepted')
    assert.equal(accepted.length, 10)
    const numbers = await world.sql<{ number: number }>('select number from sijil.signals where run = $1 order by 1', [
      id,
    ])
    assert.deepEqual(
      numbers.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
  })
})

describe('Between processes on one server', () => {
  const database = ledgerForSuite('postgres')
  const inWorld = worlds(database)

  inWorld('a signal needs no wake: whoever looks next takes the run up', { workflows: [] }, async (world) => {
    const { onCommit, ended } = untilEnded()
    const first = await startProcess(world, [waiting])
    const started = first.start({ tenant: world.tenant, workflow: 'waiting', requester: 'requester', input: 'x' })
    assert.equal((await started.end).kind, 'parked')
    await first.stop()
    const second = await startProcess(world, [waiting], { onCommit, lookEveryMs: 20 })
    await second.idle()
    await deliver(world, started.id, 'go', 7)
    await ended
    second.abandon()
  })

  inWorld('a signal told to one reaches the run that the other holds', { workflows: [] }, async (world) => {
    const busy = door()
    const working = scenario(
      'working',
      async (flow) => {
        await flow.work('long')
        return String((await flow.go()).n)
      },
      async (input) => {
        await busy.pass()
        return input
      },
    )
    const { onCommit, ended } = untilEnded()
    const holder = await startProcess(world, [working], { onCommit, durability: 'each' })
    const other = await startProcess(world, [working], { onCommit })
    const started = holder.start({ tenant: world.tenant, workflow: 'working', requester: 'requester', input: 'x' })
    await busy.reached
    busy.open()
    await started.created
    await deliver(world, started.id, 'go', 7)
    other.wake(started.id)
    await other.idle()
    await ended
    holder.abandon()
    other.abandon()
  })
})
