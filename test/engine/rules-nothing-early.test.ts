import assert from 'node:assert/strict'
import { before } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import type { RunPatch } from '../../src/ledger/patch.ts'
import { onBothDatabases } from '../support/databases.ts'
import type { EngineWorld } from '../support/engine-world.ts'
import { door, type RulesFlow, scenario, startProcess, worlds } from './rules-world.ts'

onBothDatabases('Nothing leaves early', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  const sending = scenario('sending', async (flow, id) => {
    await flow.work('first')
    await flow.work('second')
    await flow.put('third')
    await flow.sign(id)
    return 'sent'
  })
  for (const durability of ['travelling', 'each'] as const) {
    inWorld(
      `when a vendor is called, the intent, its undo and all results before it are on record (${durability})`,
      { workflows: [sending], durability },
      async (world) => {
        let seen: object | undefined
        world.point = async (what) => {
          if (what !== 'vendor before esign send') return
          seen = await onRecord(world)
        }
        await world.start('sending', 'x')
        await world.engine.idle()
        assert.deepEqual(seen, {
          records: ['work', 'work#2', 'put'],
          effects: [{ key: 'sign', state: 'started', undoable: true }],
          kept: ['third'],
          started: 1,
        })
      },
    )
  }

  inWorld(
    'with every result committed a step starts when those before it are on record',
    { workflows: [] },
    async (world) => {
      const seen: (readonly string[])[] = []
      const looking = scenario(
        'looking',
        async (flow) => flow.work(await flow.work(await flow.work('first'))),
        async (input) => {
          seen.push((await onRecord(world)).records)
          return input
        },
      )
      const engine = await startProcess(world, [looking], { durability: 'each' })
      const { end } = engine.start({ tenant: world.tenant, workflow: 'looking', requester: 'requester', input: 'x' })
      await end
      assert.deepEqual(seen, [[], ['work'], ['work', 'work#2']])
      engine.abandon()
    },
  )

  inWorld(
    'with every result committed one is on record although another branch is still busy',
    { workflows: [] },
    async (world) => {
      const [written, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const branching = scenario(
        'branching',
        async (flow) => {
          const branches = {
            quick: (quick: RulesFlow) => quick.work('quick'),
            busy: (busy: RulesFlow) => busy.work('busy'),
          }
          return (await flow.all(branches)).busy
        },
        async (input) => {
          if (input === 'busy') await free.promise
          return input
        },
      )
      const engine = await startProcess(world, [branching], {
        durability: 'each',
        onCommit: (patches, moment) => {
          if (moment === 'after' && patches.some(({ records }) => records.length === 1)) written.resolve()
        },
      })
      const { end } = engine.start({ tenant: world.tenant, workflow: 'branching', requester: 'requester', input: 'x' })
      await written.promise
      assert.deepEqual((await onRecord(world)).records, ['quick/work'])
      free.resolve()
      await end
      engine.abandon()
    },
  )

  inWorld(
    'when an undo is made, its intent and the ending are on record',
    {
      workflows: [
        scenario('undoing', async (flow, id) => {
          await flow.sign(id)
          throw flow.abandon('over')
        }),
      ],
    },
    async (world) => {
      let seen: { readonly records: readonly string[]; readonly effects: readonly object[] } | undefined
      world.point = async (what) => {
        if (what === 'vendor before esign void') seen = await onRecord(world)
      }
      await world.start('undoing', 'x')
      await world.engine.idle()
      assert.deepEqual(seen?.records, ['sign', 'ending'])
      assert.deepEqual(seen?.effects.at(-1), { key: 'undo sign', state: 'started', undoable: false })
    },
  )

  inWorld(
    'a step that reads what is kept sees what its own run kept before it',
    {
      workflows: [
        scenario('keeping', async (flow, id) => {
          await flow.put(id)
          return flow.get(id)
        }),
      ],
    },
    async (world) => {
      const run = await world.start('keeping', 'thing-1')
      await world.engine.idle()
      assert.equal((await world.status(run)).result, JSON.stringify('{"kept":"thing-1"}'))
    },
  )

  const busy = door()
  const asking = scenario(
    'asking',
    async (flow, about) => {
      await flow.all({ ask: (branch) => branch.ask({ about }), work: (branch) => branch.work('long') })
      return 'both'
    },
    async (input) => {
      await busy.pass()
      return input
    },
  )
  inWorld(
    'a task is in the inbox although another branch of its run is still busy',
    { workflows: [asking] },
    async (world) => {
      const written = door()
      const engine = await startProcess(world, [asking], {
        onCommit: (patches, moment) => {
          const opens = patches.some(({ rare }) => rare.some(({ op }) => op === 'task.open'))
          if (moment === 'after' && opens) void written.pass()
        },
      })
      const run = engine.start({ tenant: world.tenant, workflow: 'asking', requester: 'requester', input: 'x' })
      await busy.reached
      await written.reached
      assert.equal((await world.openTasks(run.id)).length, 1)
      assert.equal(engine.loaded, 1, 'the other branch is busy')
      busy.open()
      await engine.idle()
      engine.abandon()
    },
  )

  inWorld('nobody is answered before the commit', { workflows: [sending] }, async (world) => {
    const commit = door()
    const answered: string[] = []
    const engine = await startProcess(world, [sending], {
      onCommit: (_patches, moment) => (moment === 'before' ? commit.pass() : undefined),
    })
    const run = engine.start({ tenant: world.tenant, workflow: 'sending', requester: 'requester', input: 'x' })
    void run.created.then(() => answered.push('created'))
    void run.end.then(() => answered.push('ended'))
    await commit.reached
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    assert.deepEqual(
      [answered, world.acts, await world.sql('select from sijil.runs where id = $1', [run.id])],
      [[], [], []],
    )
    commit.open()
    await run.end
    assert.deepEqual(answered, ['created', 'ended'])
    engine.abandon()
  })

  const wide = scenario('wide', async (flow, id) => {
    const branches = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [
        `b${index}`,
        async (branch: RulesFlow) => {
          await branch.put(`${id}-${index}`)
          await branch.sign(`${id}-${index}`)
        },
      ]),
    )
    await flow.all(branches)
    await flow.go()
    return 'wide'
  })
  inWorld(
    'at most one patch of a run is in flight, and its records have no gap',
    { workflows: [wide] },
    async (world) => {
      const inFlight = new Map<string, number>()
      let most = 0
      const seen: RunPatch[] = []
      const engine = await startProcess(world, [wide], {
        durability: 'each',
        onCommit: async (patches, moment) => {
          for (const { run } of patches) inFlight.set(run, (inFlight.get(run) ?? 0) + (moment === 'before' ? 1 : -1))
          most = Math.max(most, ...inFlight.values())
          if (moment === 'before') seen.push(...patches)
        },
      })
      const runs = Array.from({ length: 5 }, (_, index) =>
        engine.start({ tenant: world.tenant, workflow: 'wide', requester: 'requester', input: `w${index}` }),
      )
      await engine.idle()
      assert.equal(most, 1)
      for (const { id } of runs) {
        const patches = seen.filter(({ run }) => run === id)
        assert.deepEqual(
          patches.map(({ batch }) => batch),
          patches.map((_, index) => index + 1),
        )
        const seqs = patches.flatMap(({ records }) => records.map(({ seq }) => seq))
        assert.deepEqual(
          seqs,
          seqs.map((_, index) => index + 1),
        )
        assert.ok(patches.length > 4, 'there was more than one to order')
      }
      engine.abandon()
    },
  )
})

async function onRecord(world: EngineWorld) {
  const of = [world.tenant]
  const records = await world.sql<{ key: string }>('select key from sijil.records where tenant = $1 order by seq', of)
  const kept = await world.sql<{ id: string }>('select id from sijil.kept_records where tenant = $1', of)
  const effects = await world.sql<{ key: string; state: string; undoable: boolean }>(
    'select key, state, undoable from sijil.effects where tenant = $1 order by started_seq',
    of,
  )
  const audit = await world.sql("select from sijil.audit where tenant = $1 and what = 'effect.started'", of)
  return {
    records: records.map(({ key }) => key),
    effects,
    kept: kept.map(({ id }) => id),
    started: audit.length,
  }
}
