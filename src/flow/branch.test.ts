import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import {
  driveScripted,
  newLedger,
  type Script,
  type ScriptedLedger,
  type ScriptedRun,
} from '../../test/support/scripted-host.ts'
import type { Result } from './drive.ts'
import { Stuck, type StuckCode } from './endings.ts'
import type { Operation } from './host.ts'
import {
  contract,
  days,
  type Flow,
  gate,
  hours,
  none,
  record,
  signal,
  step,
  StepFailed,
  workflow,
  workingDays,
} from './index.ts'

const toyContract = contract({
  name: 'toy',
  version: 1,
  title: { en: 'Toy', ar: 'تجربة' },
  lasts: { from: days(1), to: days(2) },
  input: z.null(),
  output: z.unknown(),
  endings: { 'given up': { en: 'Given up', ar: 'تُرك' } },
  gates: {
    review: gate({
      title: { en: 'Review', ar: 'مراجعة' },
      packet: z.object({ about: z.string() }),
      subject: 'about',
      decision: z.object({}),
      approvers: 'manager',
      within: workingDays(3),
      onExpiry: 'undo',
      onReturn: 'value',
      authorises: {},
    }),
    patient: gate({
      title: { en: 'Patient review', ar: 'مراجعة بصبر' },
      packet: z.object({ about: z.string() }),
      subject: 'about',
      decision: z.object({}),
      approvers: 'manager',
      within: days(2),
      escalate: { after: days(3), to: 'c-level' },
      onExpiry: 'value',
      onReturn: 'never',
      authorises: {},
    }),
  },
  signals: {
    reply: signal({ title: { en: 'Reply', ar: 'رد' }, payload: z.string() }),
    signed: signal({ title: { en: 'Signed', ar: 'وُقّع' }, payload: z.string(), pivot: true }),
  },
})
const title = { en: 'Row', ar: 'صف' } as const
const undone: string[] = []
const toySteps = {
  look: step({ title, effect: none, input: z.string(), output: z.string(), do: async (_ctx, what) => what }),
  put: step({
    title,
    effect: record('rows'),
    input: z.string(),
    output: z.string(),
    do: async (_ctx, what) => what,
    undo: async (_ctx, what) => {
      undone.push(what)
    },
  }),
  commit: step({
    title,
    effect: record('rows'),
    input: z.string(),
    output: z.string(),
    pivot: true,
    do: async (_ctx, what) => what,
  }),
}
interface Toy extends Flow<typeof toyContract, typeof toySteps> {}
type ToyFlow = (flow: Toy) => Promise<unknown>

const waitsForever: Script = () => undefined
const yes: Script = ({ kind }) => (kind === 'gate' ? { kind: 'value', value: {} } : undefined)

function start(flow: ToyFlow, more: Partial<ScriptedRun> = {}) {
  undone.length = 0
  const toy = workflow({ contract: toyContract, steps: toySteps, flow })
  return driveScripted({ workflow: toy, input: null, script: waitsForever, ...more })
}
const run = (flow: ToyFlow, more: Partial<ScriptedRun> = {}): Promise<Result> => start(flow, more).result
const keysOf = ({ rows }: ScriptedLedger) => [...rows.keys()]
const completed = (value: unknown) => ({ outcome: 'completed', value })
const stuckAs = (code: StuckCode, words: RegExp) => (error: unknown) =>
  error instanceof Stuck && error.code === code && words.test(error.message)

/** Runs it, then replays the finished record: both must say the same, and the second must write nothing. */
async function twice(flow: ToyFlow, more: Partial<ScriptedRun> = {}) {
  const ledger = newLedger()
  const live = await run(flow, { ...more, ledger })
  const keys = keysOf(ledger)
  assert.deepEqual(await run(flow, { ...more, ledger }), live)
  assert.deepEqual(keysOf(ledger), keys)
  return { live, keys }
}

suite('a branch is sequential', () => {
  const broken: readonly (readonly [name: string, flow: ToyFlow])[] = [
    ['Promise.all', (flow) => Promise.all([flow.put('a'), flow.look('b')])],
    [
      'a forgotten await before the next call',
      async (flow) => {
        flow.put('a').catch(() => {})
        await flow.look('b')
      },
    ],
    [
      'a forgotten await at the end',
      async (flow) => {
        flow.put('a').catch(() => {})
      },
    ],
    [
      'a forgotten await at the end of a branch',
      (flow) =>
        flow.all({
          a: async (inner) => {
            inner.put('a').catch(() => {})
          },
        }),
    ],
    ['the outer flow within a branch', (flow) => flow.all({ a: () => flow.put('a') })],
  ]
  for (const [name, flow] of broken)
    test(`${name} is refused`, () => assert.rejects(run(flow), stuckAs('LANGUAGE_RULE', /unfinished: await it/)))

  test('the same work in branches is fine', async () =>
    assert.deepEqual(
      await run((flow) => flow.all({ a: (inner) => inner.put('x'), b: (inner) => inner.look('y') })),
      completed({ a: 'x', b: 'y' }),
    ))

  test('two items with one id are refused', () =>
    assert.rejects(
      run((flow) => flow.each([{ id: 'a' }, { id: 'a' }], async () => 1)),
      stuckAs('LANGUAGE_RULE', /two items with one id/),
    ))

  for (const id of ['a/b', 'a#2', 'a b', ''])
    test(`a branch cannot be named ${JSON.stringify(id)}`, () =>
      assert.rejects(
        run((flow) => flow.each([{ id }], async () => 1)),
        stuckAs('LANGUAGE_RULE', /cannot be named/),
      ))
})

suite('keys', () => {
  test('are the path of branches, the name and its occurrence in its branch', async () => {
    const { keys } = await twice(async (flow) => {
      await flow.put('1')
      await flow.put('2')
      await flow.each([{ id: 'x' }, { id: 'y' }], async (inner, { id }) => {
        await inner.put(id)
        await inner.put(id)
      })
      await flow.all({ a: (inner) => inner.all({ b: (deep) => deep.look('3') }) })
      await flow.sleep(days(1))
    })
    assert.deepEqual(keys, ['put', 'put#2', 'x/put', 'y/put', 'x/put#2', 'y/put#2', 'a/b/look', 'sleep'])
  })

  test('a branch that is named again has keys of its own', async () => {
    const { keys } = await twice(async (flow) => {
      await flow.all({ a: (inner) => inner.put('1') })
      await flow.all({ a: (inner) => inner.put('2') })
    })
    assert.deepEqual(keys, ['a/put', 'a#2/put'])
  })

  test('ids and chance are stable, and differ from place to place', async () => {
    const { live } = await twice(async (flow) => [flow.id(), flow.id(), flow.random(), flow.random()])
    assert.ok(live.outcome === 'completed' && Array.isArray(live.value))
    assert.equal(new Set(live.value).size, 4)
  })

  test('branches that share a variable are stuck on replay, not wrong', async () => {
    const sharing: ToyFlow = async (flow) => {
      const order: string[] = []
      await flow.all({
        a: async (inner) => order.push(await inner.put('a')),
        b: async (inner) => order.push(await inner.put('b')),
      })
      return flow.put(order.join())
    }
    const ledger = newLedger()
    await run(sharing, { ledger, delay: ({ key }) => (key.startsWith('a') ? 3 : 0) })
    await assert.rejects(run(sharing, { ledger }), stuckAs('REPLAY_DIFFERS', /"b,a".*"a,b"/))
  })
})

suite('race', () => {
  const race: ToyFlow = async (flow) => {
    const first = await flow.race({
      quick: async (inner) => inner.look('won'),
      slow: async (inner) => {
        await inner.put('one')
        await inner.put('two')
        return inner.reply()
      },
    })
    return [first, await flow.put('after')]
  }
  const delay = ({ key }: Operation) => (key === 'quick/look' ? 8 : 0)

  test('takes back what the losers did, latest first, before it returns', async () => {
    const { live, keys } = await twice(race, { delay })
    assert.deepEqual(live, completed([{ winner: 'quick', value: 'won' }, 'after']))
    assert.deepEqual(keys.slice(-4), ['race', 'undo slow/put#2', 'undo slow/put', 'put'])
  })

  test('takes back what several losers did latest first, whichever of them it was', async () => {
    const { keys } = await twice(
      (flow) =>
        flow.race({
          quick: (inner) => inner.look('won'),
          one: async (inner) => {
            await inner.put('1')
            await inner.put('3')
          },
          other: (inner) => inner.put('2'),
        }),
      { delay: ({ key }) => ({ 'quick/look': 8, 'one/put': 0, 'other/put': 12, 'one/put#2': 12 })[key] ?? 0 },
    )
    assert.deepEqual(keys.slice(-3), ['undo one/put#2', 'undo other/put', 'undo one/put'])
  })

  test('a step of the loser that is in flight is waited for, and taken back too', async () => {
    const { keys } = await twice(race, {
      delay: ({ key }) => (key === 'slow/put#2' ? 9 : key === 'quick/look' ? 2 : 0),
    })
    assert.deepEqual(keys, ['slow/put', 'quick/look', 'slow/put#2', 'race', 'undo slow/put#2', 'undo slow/put', 'put'])
  })

  test('the choice is replayed: the losers are not called again, even when they would win now', async () => {
    const ledger = newLedger()
    await assert.rejects(run(race, { ledger, delay, crashAfter: 4 }), { name: 'Crash' })
    assert.equal(keysOf(ledger).at(-1), 'race')
    const asked: string[] = []
    const script: Script = ({ kind }) => (kind === 'signal' ? { kind: 'value', value: 'late' } : undefined)
    const result = await run(race, { ledger, script, onAsk: ({ key }) => asked.push(key) })
    assert.deepEqual(result, completed([{ winner: 'quick', value: 'won' }, 'after']))
    assert.deepEqual(asked, ['quick/look', 'race', 'undo slow/put#2', 'undo slow/put', 'put'])
  })

  test('waits of the losers are closed with the choice', async () => {
    const closes: unknown[] = []
    await run(race, { delay, onAsk: (operation) => operation.kind === 'choice' && closes.push(operation.closes) })
    assert.deepEqual(closes, [['slow/']])
  })

  test('the clock goes on from the choice, on replay as well', async () => {
    const clock: ToyFlow = async (flow) => {
      await flow.race({ quick: (inner) => inner.look('x'), slow: (inner) => inner.sleep(days(9)) })
      return flow.now()
    }
    await twice(clock, { delay: ({ kind }) => (kind === 'sleep' ? 4 : 0) })
  })

  test('a branch that fails first loses the race for all, and the others are undone', async () => {
    const { live, keys } = await twice(
      (flow) =>
        flow.race({
          fails: async (inner) => {
            await inner.look('a')
            throw inner.abandon('given up')
          },
          works: async (inner) => {
            await inner.put('x')
            await inner.reply()
          },
        }),
      { delay: ({ key }) => (key === 'fails/look' ? 4 : 0) },
    )
    assert.equal(live.outcome === 'ended' && live.ending, 'given up')
    assert.ok(keys.includes('undo works/put'))
    assert.ok(keys.indexOf('undo works/put') < keys.indexOf('ending'))
  })
})

suite('all', () => {
  const failing: ToyFlow = (flow) =>
    flow.all({
      fails: async (inner) => {
        await inner.look('a')
        throw inner.abandon('given up')
      },
      works: async (inner) => {
        await inner.put('1')
        await inner.put('2')
      },
      waits: (inner) => inner.reply(),
    })

  test('the first failure cancels the rest, waits for what is in flight, and undoes everything', async () => {
    const { live, keys } = await twice(failing, { delay: ({ key }) => (key === 'works/put' ? 6 : 0) })
    assert.deepEqual(live, {
      outcome: 'ended',
      ending: 'given up',
      why: 'the flow ended the run as "given up"',
      undo: 'compensated',
    })
    assert.deepEqual(keys, ['fails/look', 'works/put', 'all', 'ending', 'undo works/put'])
  })

  test('a flow may catch the failure and go on', async () => {
    const { live } = await twice(
      async (flow) => {
        try {
          await flow.all({ a: (inner) => inner.put('x'), b: (inner) => inner.look('y') })
        } catch (error) {
          if (!(error instanceof StepFailed)) throw error
          return `${error.step}: ${error.code}`
        }
        return 'no failure'
      },
      { script: ({ key }) => (key === 'b/look' ? { kind: 'failed', code: 'NO_SUCH_THING' } : undefined) },
    )
    assert.deepEqual(live, completed('look: NO_SUCH_THING'))
  })
})

suite('gates', () => {
  test('approval gives what was decided and by whom', async () => {
    const { live } = await twice((flow) => flow.review({ about: 'packet' }), { script: yes })
    assert.deepEqual(live, completed({ outcome: 'approved', by: ['huda'], value: {} }))
  })

  test('a return is a value, and the next asking is another round', async () => {
    const { live, keys } = await twice(
      async (flow) => [(await flow.review({ about: 'a' })).outcome, (await flow.review({ about: 'b' })).outcome],
      {
        script: ({ key }) => (key === 'review' ? { kind: 'returned', comments: 'more' } : { kind: 'value', value: {} }),
      },
    )
    assert.deepEqual(live, completed(['returned', 'approved']))
    assert.deepEqual(keys, ['review', 'review#2'])
  })

  test('a rejection ends the run and undoes it', async () => {
    const { live, keys } = await twice(
      async (flow) => {
        await flow.put('x')
        await flow.review({ about: 'packet' })
      },
      { script: ({ kind }) => (kind === 'gate' ? { kind: 'rejected', why: 'too risky' } : undefined) },
    )
    assert.deepEqual(live, {
      outcome: 'ended',
      ending: 'rejected',
      why: 'review: rejected: too risky',
      undo: 'compensated',
    })
    assert.deepEqual(keys, ['put', 'review', 'ending', 'undo put'])
  })

  test('nobody decides: the gate is asked again of more people, and its time is counted from then', async () => {
    const asked: Operation[] = []
    const { live, keys } = await twice((flow) => flow.patient({ about: 'packet' }), {
      script: ({ key }) => (key === 'patient' ? { kind: 'expired' } : { kind: 'value', value: {} }),
      onAsk: (operation) => asked.push(operation),
    })
    assert.deepEqual(live, completed({ outcome: 'approved', by: ['huda'], value: {} }))
    assert.deepEqual(keys, ['patient', 'patient/escalated'])
    const [first, second] = asked
    assert.ok(first?.kind === 'gate' && second?.kind === 'gate')
    assert.deepEqual([first.within, first.escalates], [days(3), undefined])
    assert.deepEqual([second.within, second.escalates], [days(2), 'patient'])
    assert.equal(second.since, first.since + 3 * 86_400_000)
  })

  test('it never passes by itself: when nobody decides after that either, it has expired', async () => {
    const { live } = await twice((flow) => flow.patient({ about: 'packet' }), { script: () => ({ kind: 'expired' }) })
    assert.deepEqual(live, completed({ outcome: 'expired' }))
  })

  test('an expiry that undoes ends the run', async () => {
    const { live } = await twice((flow) => flow.review({ about: 'packet' }), { script: () => ({ kind: 'expired' }) })
    assert.deepEqual(live, {
      outcome: 'ended',
      ending: 'expired',
      why: 'review: nobody decided in time',
      undo: 'nothing',
    })
  })
})

suite('the reminder ladder', () => {
  const ladder: ToyFlow = (flow) =>
    flow.reply({
      within: days(7),
      remind: { after: [days(2), days(5)], by: (inner, rung) => inner.look(`reminder ${rung}`) },
    })

  test('every rung is counted from the start, so that a late reminder does not move the deadline', async () => {
    const waits: Operation[] = []
    const { live, keys } = await twice(ladder, {
      script: ({ kind }) => (kind === 'signal' ? { kind: 'expired' } : undefined),
      onAsk: (operation) => operation.kind === 'signal' && waits.push(operation),
    })
    assert.deepEqual(live, completed({ timedOut: true }))
    assert.deepEqual(keys, ['reply', 'reply/reminder-1/look', 'reply/rung-2', 'reply/reminder-2/look', 'reply/last'])
    const firstThree = waits.slice(0, 3)
    assert.deepEqual(
      firstThree.map((wait) => wait.kind === 'signal' && [wait.within, wait.since]),
      [days(2), days(5), days(7)].map((within) => [within, 1_000_000]),
    )
  })

  test('an answer between two rungs ends it', async () => {
    const { live, keys } = await twice(ladder, {
      script: ({ key }) =>
        key === 'reply' ? { kind: 'expired' } : key === 'reply/rung-2' ? { kind: 'value', value: 'yes' } : undefined,
    })
    assert.deepEqual(live, completed({ timedOut: false, value: 'yes' }))
    assert.deepEqual(keys, ['reply', 'reply/reminder-1/look', 'reply/rung-2'])
  })

  test('without options a signal is waited for, for ever', async () => {
    const waits: unknown[] = []
    await run((flow) => flow.reply(), {
      script: () => ({ kind: 'value', value: 'yes' }),
      onAsk: (operation) => operation.kind === 'signal' && waits.push(operation.within),
    })
    assert.deepEqual(waits, [undefined])
  })
})

suite('cancellation', () => {
  test('a run that waits gives up the wait and undoes', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      async (flow) => {
        await flow.put('x')
        await flow.reply()
      },
      { onAsk: ({ kind }) => kind === 'signal' && asked.resolve() },
    )
    await asked.promise
    started.cancel({ why: 'the applicant withdrew', undo: true })
    assert.deepEqual(await started.result, {
      outcome: 'ended',
      ending: 'cancelled',
      why: 'the applicant withdrew',
      undo: 'compensated',
    })
    assert.deepEqual(keysOf(started.ledger), ['put', 'ending', 'undo put'])
    assert.deepEqual(undone, ['x'])
  })

  test('a step in flight is waited for, nothing new is started, and every branch is told', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      (flow) =>
        flow.all({
          a: async (inner) => {
            await inner.put('1')
            await inner.put('2')
          },
          b: (inner) => inner.race({ c: (deep) => deep.reply() }),
        }),
      { delay: ({ kind }) => (kind === 'step' ? 5 : 0), onAsk: ({ kind }) => kind === 'signal' && asked.resolve() },
    )
    await asked.promise
    started.cancel({ why: 'enough', undo: true })
    await started.result
    assert.deepEqual(keysOf(started.ledger), ['a/put', 'ending', 'undo a/put'])
  })

  test('without undo nothing is taken back', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      async (flow) => {
        await flow.put('x')
        await flow.reply()
      },
      { onAsk: ({ kind }) => kind === 'signal' && asked.resolve() },
    )
    await asked.promise
    started.cancel({ why: 'settled by hand', undo: false })
    const ended = await started.result
    assert.equal(ended.outcome === 'ended' && ended.undo, 'skipped')
    assert.deepEqual(undone, [])
  })

  test('a flow that swallows the refusal and returns has not completed', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      async (flow) => {
        await flow.put('x')
        try {
          await flow.reply()
        } catch {
          // and go on
        }
        return 'all is well'
      },
      { onAsk: ({ kind }) => kind === 'signal' && asked.resolve() },
    )
    await asked.promise
    started.cancel({ why: 'enough', undo: true })
    const ended = await started.result
    assert.deepEqual([ended.outcome === 'ended' && ended.ending, undone], ['cancelled', ['x']])
  })

  test('a flow that swallows every refusal for ever lets everything else go on', async () => {
    const asked = Promise.withResolvers<void>()
    let calls = 0
    const started = start(
      async (flow) => {
        for (;;) {
          try {
            calls += 1
            await flow.reply()
          } catch {
            // and again
          }
        }
      },
      { onAsk: ({ kind }) => kind === 'signal' && asked.resolve() },
    )
    await asked.promise
    started.cancel({ why: 'enough', undo: true })
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    assert.ok(calls > 1 && calls < 1_000, `${calls} calls`)
  })
})

suite('undo', () => {
  const rejected: Script = ({ kind }) => (kind === 'gate' ? { kind: 'rejected', why: 'no' } : undefined)
  const three: ToyFlow = async (flow) => {
    await flow.put('1')
    await flow.put('2')
    await flow.put('3')
    await flow.review({ about: 'packet' })
  }

  test('runs in reverse order of start', async () => {
    await run(three, { script: rejected })
    assert.deepEqual(undone, ['3', '2', '1'])
  })

  test('one that fails is left to a person, and the others go on', async () => {
    const parked: Script = (operation) =>
      operation.key === 'undo put#2' ? { kind: 'failed', code: 'UNDO_PARKED' } : rejected(operation)
    await assert.rejects(run(three, { script: parked }), stuckAs('UNDO_PARKED', /put#2 could not be undone/))
    assert.deepEqual(undone, ['3', '1'])
  })

  test('once an ending is on record the flow is not called again', async () => {
    const ledger = newLedger()
    await assert.rejects(run(three, { script: rejected, ledger, crashAfter: 6 }), { name: 'Crash' })
    assert.deepEqual(keysOf(ledger).slice(-2), ['ending', 'undo put#3'])
    const result = await run(
      async () => {
        throw new Error('the flow was called')
      },
      { ledger },
    )
    assert.equal(result.outcome === 'ended' && result.undo, 'compensated')
    assert.deepEqual(undone, ['2', '1'])
  })
})

suite('after the pivot', () => {
  test('an ending is not undone by itself: the run waits for a person', () =>
    assert
      .rejects(
        run(async (flow) => {
          await flow.put('x')
          await flow.commit('signed')
          throw flow.abandon('given up')
        }),
        stuckAs('AFTER_PIVOT', /after its pivot/),
      )
      .then(() => assert.deepEqual(undone, [])))

  test('a signal can be the pivot, and steps after it know', async () => {
    const after: unknown[] = []
    await run(
      async (flow) => {
        await flow.put('before')
        await flow.signed({ within: hours(1) })
        await flow.put('after')
      },
      {
        script: ({ kind }) => (kind === 'signal' ? { kind: 'value', value: 'all' } : undefined),
        onAsk: (operation) => operation.kind === 'step' && after.push([operation.key, operation.afterPivot]),
      },
    )
    assert.deepEqual(after, [
      ['put', false],
      ['put#2', true],
    ])
  })

  test('a pivot that a loser of a race received counts, on replay too', async () => {
    const bothCame: ToyFlow = async (flow) => {
      await flow.put('x')
      await flow.race({ refused: (inner) => inner.reply(), signed: (inner) => inner.signed() })
      await flow.look('y')
      throw flow.abandon('given up')
    }
    const script: Script = ({ kind }) => (kind === 'signal' ? { kind: 'value', value: 'yes' } : undefined)
    const ledger = newLedger()
    await assert.rejects(run(bothCame, { script, ledger, crashAfter: 4 }), { name: 'Crash' })
    assert.deepEqual(keysOf(ledger), ['put', 'refused/reply', 'signed/signed', 'race'])
    await assert.rejects(run(bothCame, { script, ledger }), stuckAs('AFTER_PIVOT', /after its pivot/))
    await assert.rejects(run(bothCame, { script }), stuckAs('AFTER_PIVOT', /after its pivot/))
  })

  test('a loser of a race that had come to its own pivot is not taken back: the run waits for a person, on replay too', async () => {
    const lostAfterPivot: ToyFlow = async (flow) => {
      await flow.race({
        slow: (inner) => inner.look('won'),
        bound: async (inner) => {
          await inner.put('x')
          await inner.commit('signed')
          await inner.sleep(days(9))
        },
      })
      return flow.put('after')
    }
    const delay = ({ key }: Operation) => ({ 'slow/look': 6, 'bound/sleep': 9 })[key] ?? 0
    const ledger = newLedger()
    for (const life of ['first', 'second'])
      await assert.rejects(
        run(lostAfterPivot, { ledger, delay }),
        stuckAs('AFTER_PIVOT', /bound\/ lost its race/),
        life,
      )
    assert.deepEqual(undone, [])
  })

  test('a pivot signal that did not come is none', async () => {
    const result = await run(
      async (flow) => {
        await flow.put('x')
        await flow.signed({ within: hours(1) })
        throw flow.abandon('given up')
      },
      { script: ({ kind }) => (kind === 'signal' ? { kind: 'expired' } : undefined) },
    )
    assert.equal(result.outcome === 'ended' && result.undo, 'compensated')
  })
})

suite('what a flow throws', () => {
  test('an error of its own makes the run stuck, and undoes nothing', () =>
    assert
      .rejects(
        run(async (flow) => {
          await flow.put('x')
          throw new RangeError('a slip')
        }),
        stuckAs('FLOW_THREW', /RangeError: a slip/),
      )
      .then(() => assert.deepEqual(undone, [])))

  test('a step that failed for good ends the run as failed', async () => {
    const result = await run((flow) => flow.put('x'), { script: () => ({ kind: 'failed', code: 'REFUSED' }) })
    assert.deepEqual(result, { outcome: 'ended', ending: 'failed', why: 'the script says so', undo: 'nothing' })
  })
})
