import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { definitions } from '../../src/engine/definitions.ts'
import { startLocalEngine } from '../../src/engine/local/local-engine.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { verifyRows } from '../../src/ledger/verify/verify-ledger.ts'
import { onBothDatabases } from '../support/databases.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { dealPolicies, dealWorkflow } from './deal.ts'

const DAY = 86_400_000
const small = { id: 'd1', size: 'small', price: 10 } as const

onBothDatabases('the local engine', (database) => {
  before(() => migrate(database()))

  const inWorld = (title: string, body: (world: EngineWorld) => Promise<void>) =>
    test(title, async () => {
      const world = await EngineWorld.open(database(), { workflows: [dealWorkflow], policies: dealPolicies })
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  const offered = async (world: EngineWorld) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    assert.equal(await world.decide(run, 'manager', 'approve'), 'DECIDED')
    return run
  }
  const signing = async (world: EngineWorld) => {
    const run = await offered(world)
    assert.equal(await world.signal(run, 'reply', { accepts: true }), 'accepted')
    return run
  }
  const said = (world: EngineWorld) => world.acts.map(({ what }) => what)

  void inWorld('takes a deal from its start to its end', async (world) => {
    const run = await signing(world)
    await world.signal(run, 'signed', {})
    const { status, outcome, result } = await world.status(run)
    assert.deepEqual([status, outcome], ['ended', 'completed'])
    assert.deepEqual(JSON.parse(result ?? ''), { record: 'crm:d1', envelope: `env:${run}/sign`, reminders: 0 })
    assert.deepEqual(said(world), ['crm applicant', 'email offer', 'esign send', 'whatsapp'])
    assert.deepEqual(world.trouble, [])
  })

  void inWorld('a waiting run is not in memory', async (world) => {
    await offered(world)
    assert.equal(world.engine.loaded, 0)
  })

  void inWorld('a rejection undoes what was started, in reverse order', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    await world.decide(run, 'manager', 'reject')
    const { outcome, undo } = await world.status(run)
    assert.deepEqual([outcome, undo], ['rejected', 'compensated'])
    assert.deepEqual(said(world), ['crm applicant', 'crm closed'])
  })

  void inWorld('returned with comments is another round with a new task', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    const [first] = await world.openTasks(run)
    await world.decide(run, 'manager', 'return')
    const [second] = await world.openTasks(run)
    assert.equal(second?.key, 'review#2')
    assert.notEqual(second?.digest, first?.digest)
    await world.decide(run, 'manager', 'approve')
    await world.signal(run, 'reply', { accepts: false })
    assert.deepEqual(said(world), ['crm applicant', 'email offer', 'email retraction', 'crm closed'])
  })

  void inWorld('everybody of several roles must approve, and the last vote counts once', async (world) => {
    const run = await world.start('deal', { ...small, size: 'large' })
    await world.engine.idle()
    assert.equal(await world.decide(run, 'director', 'approve'), 'COUNTED')
    assert.equal(await world.decide(run, 'director', 'approve'), 'ALREADY_DECIDED')
    assert.equal(await world.decide(run, 'manager', 'approve'), 'NOT_YOUR_ROLE')
    assert.equal(await world.decide(run, 'legal', 'approve'), 'DECIDED')
    assert.ok(said(world).includes('email offer'))
  })

  void inWorld('whoever asked may not decide, nor may their delegate', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    await world.sql("update sijil.people set roles = array['manager'] where tenant = $1 and person = 'requester'", [
      world.tenant,
    ])
    assert.equal(await world.decide(run, 'requester', 'approve'), 'OWN_REQUEST')
    await world.sql("insert into sijil.delegations values ($1, 'requester', 'manager', $2)", [
      world.tenant,
      world.now + DAY,
    ])
    assert.equal(await world.decide(run, 'manager', 'approve'), 'OWN_REQUEST')
    assert.equal(await world.decide(run, 'manager-2', 'approve'), 'DECIDED')
  })

  void inWorld('a gate that nobody answers escalates, and then expires: it never passes by itself', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    await world.advance(2 * DAY)
    const [task] = await world.openTasks(run)
    assert.deepEqual(task?.slots, [{ by: null, roles: ['manager', 'c-level'] }])
    await world.advance(3 * DAY)
    const { outcome, undo } = await world.status(run)
    assert.deepEqual([outcome, undo], ['expired', 'compensated'])
    assert.ok(!said(world).includes('email offer'))
  })

  void inWorld('reminders climb their ladder and the deadline stays where it was', async (world) => {
    const run = await offered(world)
    await world.advance(2 * DAY - 1)
    assert.ok(!said(world).includes('email reminder'))
    await world.advance(1)
    await world.advance(3 * DAY)
    assert.equal(said(world).filter((what) => what === 'email reminder').length, 2)
    await world.advance(2 * DAY)
    assert.equal((await world.status(run)).outcome, 'no answer')
  })

  void inWorld('an answer that came in time beats the timer, however late anybody looks', async (world) => {
    const run = await offered(world)
    world.engine.abandon()
    await world.member("select sijil.deliver_signal($1, $2, 'early', 'signal', 'reply', $3, 'partner', 'test')", [
      world.tenant,
      run,
      JSON.stringify({ accepts: true }),
    ])
    await world.setClock(world.now + 30 * DAY)
    await world.reopen()
    await world.engine.idle()
    assert.ok(said(world).includes('esign send'))
    assert.ok(!said(world).includes('email reminder'))
  })

  void inWorld(
    'a signal that came before anybody waits for it is not lost, and one that comes twice is taken once',
    async (world) => {
      const run = await world.start('deal', small)
      await world.engine.idle()
      assert.equal(await world.signal(run, 'reply', { accepts: true }, 'once'), 'accepted')
      assert.equal(await world.signal(run, 'reply', { accepts: false }, 'once'), 'duplicate')
      await world.decide(run, 'manager', 'approve')
      assert.ok(said(world).includes('esign send'))
    },
  )

  void inWorld('a signal after the end opens a task', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    await world.cancel(run)
    assert.equal(await world.signal(run, 'signed', {}), 'late')
    const tasks = await world.sql<{ kind: string; gate: string }>(
      "select kind, gate from sijil.tasks where tenant = $1 and run = $2 and state = 'open'",
      [world.tenant, run],
    )
    assert.deepEqual(tasks, [{ kind: 'late signal', gate: 'signed' }])
  })

  void inWorld(
    'a cancellation undoes, closes the tasks, and comes after the pivot only without undo',
    async (world) => {
      const run = await world.start('deal', small)
      await world.engine.idle()
      assert.equal(await world.cancel(run), 'REQUESTED')
      assert.deepEqual(
        [(await world.status(run)).outcome, (await world.status(run)).undo],
        ['cancelled', 'compensated'],
      )
      assert.deepEqual(await world.openTasks(run), [])
      const second = await signing(world)
      world.faults.set('whatsapp', ['refuse'])
      await world.signal(second, 'signed', {})
      assert.equal((await world.status(second)).stuck_code, 'STEP_FAILED')
      assert.equal(await world.cancel(second), 'AFTER_PIVOT')
      assert.equal(await world.cancel(second, false), 'REQUESTED')
      assert.deepEqual(
        [(await world.status(second)).outcome, (await world.status(second)).undo],
        ['cancelled', 'skipped'],
      )
    },
  )

  void inWorld('a signature that came before the cancellation wins', async (world) => {
    const run = await signing(world)
    world.engine.abandon()
    await world.member("select sijil.deliver_signal($1, $2, 's', 'signal', 'signed', '{}', 'vendor', 'test')", [
      world.tenant,
      run,
    ])
    await world.member("select sijil.cancel_run($1, $2, true, 'operator', 'test', 'too late')", [world.tenant, run])
    await world.reopen()
    await world.engine.idle()
    assert.equal((await world.status(run)).outcome, 'completed')
    assert.ok(!said(world).includes('esign void'))
  })

  void inWorld('a refused effect undoes the run', async (world) => {
    world.faults.set('esign send', ['refuse'])
    const run = await signing(world)
    const { outcome, undo } = await world.status(run)
    assert.deepEqual([outcome, undo], ['failed', 'compensated'])
    assert.deepEqual(said(world), ['crm applicant', 'email offer', 'email retraction', 'crm closed'])
  })

  void inWorld('an effect that was not made is tried again later', async (world) => {
    world.faults.set('esign send', ['not made', 'not made'])
    const run = await signing(world)
    assert.ok(!said(world).includes('esign send'))
    while (await world.advanceToNext(run)) if (said(world).includes('esign send')) break
    const [effect] = await world.sql<{ attempt: number; state: string }>(
      "select attempt, state from sijil.effects where tenant = $1 and run = $2 and key = 'sign'",
      [world.tenant, run],
    )
    assert.deepEqual(effect, { attempt: 3, state: 'done' })
  })

  void inWorld(
    'an unknown outcome is asked about, and "never" counts only after the deadline and the settling time',
    async (world) => {
      world.faults.set('esign send', ['unknown, not acted'])
      const run = await signing(world)
      assert.ok(!said(world).includes('esign send'))
      await world.advance(6_900)
      assert.ok(!said(world).includes('esign send'), 'the vendor may still act')
      await world.advance(200)
      assert.deepEqual(
        said(world).filter((what) => what === 'esign send'),
        ['esign send'],
      )
      await world.signal(run, 'signed', {})
      assert.equal((await world.status(run)).outcome, 'completed')
    },
  )

  void inWorld('an unknown outcome that did happen is not made twice', async (world) => {
    world.faults.set('esign send', ['unknown, acted'])
    const run = await signing(world)
    await world.signal(run, 'signed', {})
    assert.equal((await world.status(run)).outcome, 'completed')
    assert.deepEqual(
      said(world).filter((what) => what === 'esign send'),
      ['esign send'],
    )
  })

  void inWorld(
    'an answer that is too large to keep fails its step, and what happened is left to a person',
    async (world) => {
      world.faults.set('esign send', ['huge answer'])
      const run = await signing(world)
      const { status, stuck_code } = await world.status(run)
      assert.deepEqual([status, stuck_code], ['stuck', 'UNDO_PARKED'], 'nobody knows which envelope to void')
      assert.deepEqual(said(world).slice(-2), ['email retraction', 'crm closed'])
      assert.equal(await world.resolve(run, 'undo sign', { outcome: 'happened', output: null }), 'RESOLVED')
      const { outcome, undo } = await world.status(run)
      assert.deepEqual([outcome, undo], ['failed', 'compensated'])
    },
  )

  void inWorld(
    'what nobody can tell is in doubt until a person settles it, and "never" allows one more',
    async (world) => {
      world.faults.set('email offer', ['unknown, not acted'])
      const run = await offered(world)
      const [effect] = await world.sql<{ state: string }>(
        "select state from sijil.effects where tenant = $1 and run = $2 and key = 'offer'",
        [world.tenant, run],
      )
      assert.equal(effect?.state, 'in_doubt')
      assert.equal(await world.resolve(run, 'offer', { outcome: 'never' }), 'RESOLVED')
      assert.deepEqual(
        world.acts.filter(({ what }) => what === 'email offer'),
        [{ what: 'email offer', key: `${run}/offer~2` }],
      )
      await world.signal(run, 'reply', { accepts: false })
      assert.equal((await world.status(run)).undo, 'compensated')
    },
  )

  void inWorld('a person who says that it happened gives its result', async (world) => {
    world.faults.set('email offer', ['unknown, acted'])
    const run = await offered(world)
    assert.equal(await world.resolve(run, 'open', { outcome: 'never' }), 'NOT_IN_DOUBT')
    assert.equal(await world.resolve(run, 'offer', { outcome: 'happened', output: { messageId: 'm' } }), 'RESOLVED')
    assert.equal(world.acts.filter(({ what }) => what === 'email offer').length, 1)
    await world.signal(run, 'reply', { accepts: true })
    assert.ok(said(world).includes('esign send'))
  })

  void inWorld('an undo that fails is parked for a person while the others go on', async (world) => {
    world.faults.set('email retraction', ['refuse'])
    const run = await offered(world)
    await world.signal(run, 'reply', { accepts: false })
    assert.equal((await world.status(run)).stuck_code, 'UNDO_PARKED')
    assert.ok(said(world).includes('crm closed'), 'the undo after it is done all the same')
    assert.equal(await world.resolve(run, 'undo offer', { outcome: 'happened', output: null }), 'RESOLVED')
    const { outcome, undo } = await world.status(run)
    assert.deepEqual([outcome, undo], ['declined', 'compensated'])
    assert.equal(said(world).filter((what) => what === 'crm closed').length, 1)
  })

  void inWorld('undo asks about an effect in doubt first', async (world) => {
    world.faults.set('email offer', ['unknown, acted'])
    const run = await offered(world)
    await world.cancel(run)
    assert.equal((await world.status(run)).stuck_code, 'UNDO_PARKED')
    assert.ok(said(world).includes('crm closed'))
    await world.resolve(run, 'offer', { outcome: 'never' })
    assert.deepEqual([(await world.status(run)).outcome, (await world.status(run)).undo], ['cancelled', 'compensated'])
    assert.ok(!said(world).includes('email retraction'), 'what never happened is not taken back')
  })

  for (const told of ['the worker is told of', 'nobody is told of'] as const)
    void inWorld(`what a person says while the run becomes stuck is not lost, also when ${told} it`, async (world) => {
      world.faults.set('email offer', ['unknown, acted'])
      const run = await offered(world)
      // The offer is asked about and left to a person; what was started before it is being undone.
      world.beforeAnswer = async (what) => {
        if (what !== 'crm closed') return
        await world.member("select sijil.resolve_effect($1, $2, 'offer', $3, 'operator', 'test', 'looked it up')", [
          world.tenant,
          run,
          '{"outcome":"never","by":"operator"}',
        ])
        if (told === 'the worker is told of') world.engine.wake(run)
      }
      await world.cancel(run)
      await world.engine.idle()
      assert.deepEqual(
        [(await world.status(run)).outcome, (await world.status(run)).undo],
        ['cancelled', 'compensated'],
      )
    })

  void inWorld(
    'an undo that waited for a person is in order, also when others were undone before it',
    async (world) => {
      world.faults.set('email offer', ['unknown, acted'])
      const run = await offered(world)
      await world.cancel(run)
      assert.ok(said(world).includes('crm closed'))
      const { acts } = world
      const output = { messageId: acts.find(({ what }) => what === 'email offer')?.key }
      await world.resolve(run, 'offer', { outcome: 'happened', output })
      assert.deepEqual(said(world).slice(-2), ['crm closed', 'email retraction'])
      assert.equal((await world.status(run)).undo, 'compensated')
      const findings = await verifyRows(world.database)
      assert.deepEqual(
        findings.filter(({ tenant }) => tenant === world.tenant),
        [],
      )
    },
  )

  void inWorld('no class B effect without a decision about this very subject, and class C never', async (world) => {
    await world.sql("update sijil.policies set class = 'C' where tenant = $1 and action = 'send_offer'", [world.tenant])
    const run = await offered(world)
    assert.equal((await world.status(run)).stuck_code, 'NOT_AUTHORISED')
    assert.ok(!said(world).includes('email offer'))
    await world.sql("update sijil.policies set class = 'B' where tenant = $1 and action = 'send_offer'", [world.tenant])
    await world.sql("update sijil.tasks set subject = 'another' where tenant = $1 and run = $2", [world.tenant, run])
    await world.member("select sijil.retry_run($1, $2, 'operator', 'test', 'again')", [world.tenant, run])
    await world.engine.idle()
    assert.equal((await world.status(run)).stuck_code, 'NOT_AUTHORISED')
    assert.ok(!said(world).includes('email offer'))
  })

  void inWorld('a restored ledger asks before it sends', async (world) => {
    const run = await world.start('deal', small)
    await world.engine.idle()
    await world.sql('insert into sijil.restored (at_ms) values ($1)', [world.now + 1])
    try {
      await world.reopen()
      await world.decide(run, 'manager', 'approve')
      const [effect] = await world.sql<{ state: string }>(
        "select state from sijil.effects where tenant = $1 and run = $2 and key = 'offer'",
        [world.tenant, run],
      )
      assert.equal(effect?.state, 'in_doubt', 'a mail server cannot be asked, so a person is')
      assert.ok(!said(world).includes('email offer'))
    } finally {
      await world.sql('delete from sijil.restored')
    }
  })

  void inWorld(
    'a graceful stop waits for the call in flight, gives every run back and loses nothing',
    async (world) => {
      const run = await world.start('deal', small)
      await world.engine.idle()
      let answer: () => void = () => {}
      const sent = new Promise<void>((resolve) => {
        world.beforeAnswer = (what) => {
          if (what !== 'email offer') return Promise.resolve()
          resolve()
          return new Promise((release) => {
            answer = release
          })
        }
      })
      const decided = world.decide(run, 'manager', 'approve')
      await sent
      const stopped = world.engine.stop()
      answer()
      await stopped
      const { status } = await world.status(run)
      assert.equal(status, 'ready')
      await world.reopen()
      await decided
      await world.engine.idle()
      assert.equal((await world.status(run)).status, 'waiting')
      assert.deepEqual(said(world), ['crm applicant', 'email offer'])
    },
  )
})

test('an engine that cannot start leaves no timer behind, so that its process can end', async (t) => {
  const timers = t.mock.method(globalThis, 'setInterval')
  const gone = () => Promise.reject(new Error('the database is gone'))
  const database = {
    kind: 'postgres',
    engine: { query: gone },
    transaction: gone,
    script: gone,
    close: async () => {},
  } as const
  const start = startLocalEngine({
    database,
    definitions: definitions([dealWorkflow]),
    openSystems: () => assert.fail('nothing runs'),
    openServices: () => assert.fail('nothing runs'),
    calendarOf: gone,
    worker: 'worker',
  })
  await assert.rejects(start, /the database is gone/)
  assert.equal(timers.mock.callCount(), 0)
})
