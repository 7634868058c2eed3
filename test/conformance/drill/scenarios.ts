import assert from 'node:assert/strict'
import { days, hours, minutes } from '../../../src/flow/index.ts'
import { Refusal } from '../../../src/engine/commands/refusal.ts'
import { isInDoubt, isStuck, passUntil, type Scenario, type Stage, waitsAt } from '../scenario.ts'
import type { DrillName } from './flows.ts'

const items = ['a', 'b', 'c'].map((id) => ({ id }))
const drill = (workflow: DrillName, scenario: Omit<Scenario, 'workflow' | 'input'>): Scenario => ({
  workflow,
  input: { id: 'drill', items },
  ...scenario,
})
const nothing = async (): Promise<void> => {}
const completed = (...acts: readonly string[]) => ({ outcome: 'completed', undo: 'nothing', acts }) as const
const compensated = (outcome: string, ...acts: readonly string[]) => ({ outcome, undo: 'compensated', acts }) as const

async function assertRefused(code: string, asked: Promise<unknown>): Promise<void> {
  await assert.rejects(asked, (error) => error instanceof Refusal && error.code === code)
}

const steps: readonly Scenario[] = [
  drill('effects', {
    title: 'every kind of effect',
    play: nothing,
    ends: completed('enlist', 'mail', 'chat', 'file', 'sign', 'tell'),
  }),
  drill('facts', {
    title: 'ids, chance, clock and sleep',
    play: async ({ run }) => void (await run.runUntil()),
    ends: completed(),
  }),
  drill('effects', {
    title: 'a vendor who is busy twice is asked again',
    faults: { 'email.send': ['busy', 'busy'] },
    play: async (stage) => void (await passUntil(stage, ({ status }) => status === 'ended')),
    ends: completed('enlist', 'mail', 'chat', 'file', 'sign', 'tell'),
  }),
  drill('effects', {
    title: 'a vendor who stays busy: the step fails, and all is undone',
    faults: { 'email.send': ['busy', 'busy', 'busy'] },
    play: async (stage) => void (await passUntil(stage, ({ status }) => status === 'ended')),
    ends: compensated('failed', 'enlist', 'undo enlist'),
  }),
  drill('effects', {
    title: 'a connector that holds a call back longer than the step would try: the run waits, and goes on',
    faults: { 'email.send': Array<'held back'>(7).fill('held back') },
    play: async (stage) => void (await passUntil(stage, ({ status }) => status === 'ended')),
    ends: completed('enlist', 'mail', 'chat', 'file', 'sign', 'tell'),
  }),
  drill('effects', {
    title: 'a step that fails ends the run, and all is undone',
    faults: { 'esign.sendEnvelope': ['refuse'] },
    play: nothing,
    ends: compensated('failed', 'enlist', 'mail', 'chat', 'file', 'undo file', 'undo mail', 'undo enlist'),
  }),
  drill('caught', {
    title: 'a step that fails and a flow that goes another way',
    faults: { 'email.send': ['refuse'] },
    play: nothing,
    ends: completed('enlist', 'chat'),
  }),
  drill('abandon', {
    title: 'the flow ends the run, and all is undone in reverse',
    play: nothing,
    ends: compensated('over', 'mail', 'chat', 'sign', 'undo sign', 'undo mail'),
  }),
]

const people: readonly Scenario[] = [
  drill('review', {
    title: 'a gate: approved',
    play: ({ run }) => run.approveAs('manager', { note: 'fine' }),
    ends: completed('enlist', 'offer'),
  }),
  drill('review', {
    title: 'a gate: returned, then approved',
    play: async ({ run }) => {
      await run.returnAs('manager', 'shorter, please')
      await run.approveAs('manager')
    },
    ends: completed('enlist', 'offer'),
  }),
  drill('review', {
    title: 'a gate: returned until the flow gives up',
    play: async ({ run }) => {
      for (const round of [1, 2, 3]) await run.returnAs('manager', `not yet, in round ${round}`)
    },
    ends: compensated('over', 'enlist', 'undo enlist'),
  }),
  drill('review', {
    title: 'a gate: rejected',
    play: ({ run }) => run.rejectAs('manager', 'no'),
    ends: compensated('rejected', 'enlist', 'undo enlist'),
  }),
  drill('review', {
    title: 'a gate: escalated, then approved by the other',
    play: async ({ world, run }) => {
      await assertRefused('NOT_YOUR_ROLE', run.approveAs('director'))
      await world.advance(days(1))
      await run.approveAs('director')
    },
    ends: completed('enlist', 'offer'),
  }),
  drill('review', {
    title: 'a gate: nobody answers, and it expires',
    play: async ({ world }) => {
      await world.advance(days(2))
      await world.advance(days(9))
    },
    ends: compensated('expired', 'enlist', 'undo enlist'),
  }),
  drill('council', {
    title: 'a gate: expiry is an answer; another needs everybody',
    play: async ({ world, run }) => {
      await world.advance(days(2))
      await run.approveAs('legal')
      await assertRefused('NOT_YOUR_ROLE', run.approveAs('manager'))
      await run.approveAs('director')
    },
    ends: completed('mail'),
  }),
  drill('council', {
    title: 'a gate: one of several says no',
    play: async ({ run }) => {
      await run.approveAs('legal')
      await run.approveAs('director')
      await run.rejectAs('legal', 'no')
    },
    ends: compensated('rejected', 'mail', 'undo mail'),
  }),
  drill('council', {
    title: 'a gate: working days go by and it expires',
    play: async ({ run }) => void (await run.runUntil()),
    ends: compensated('expired', 'mail', 'undo mail'),
  }),
  drill('unauthorised', {
    title: 'an effect that nobody decided on is not made: stuck, then cancelled',
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'NOT_AUTHORISED')
      await run.cancel()
    },
    ends: compensated('cancelled'),
  }),
]

const reply = (text: string) => ({ text })

const signals: readonly Scenario[] = [
  drill('words', {
    title: 'signals: one after another',
    play: async ({ run }) => {
      await run.signal('reply', reply('first'))
      await run.approveAs('legal')
      await run.signal('reply', reply('second'))
    },
    ends: completed('mail'),
  }),
  drill('words', {
    title: 'signals: two that came early, one of them twice',
    play: async ({ run }) => {
      await run.signal('reply', reply('first'), 'one')
      await run.signal('reply', reply('second'), 'two')
      await run.signal('reply', reply('second'), 'two')
      await run.approveAs('legal')
    },
    ends: completed('mail'),
  }),
  drill('words', {
    title: 'signals: one that came twice is taken once, and the wait expires',
    play: async ({ world, run }) => {
      await run.signal('reply', reply('first'), 'one')
      await run.approveAs('legal')
      await run.signal('reply', reply('first'), 'one')
      await world.advance(days(2))
    },
    ends: completed('mail'),
  }),
  drill('words', {
    title: 'signals: one after the end opens a task',
    play: async ({ run }) => {
      await run.cancel()
      await run.signal('reply', reply('late'))
      assert.deepEqual(
        (await run.view()).tasks.map(({ kind, state }) => [kind, state]),
        [['late signal', 'open']],
      )
    },
    ends: compensated('cancelled', 'mail', 'undo mail'),
  }),
  drill('ladder', {
    title: 'a ladder: answered before the first reminder',
    play: ({ run }) => run.signal('reply', reply('at once')),
    ends: completed('enlist'),
  }),
  drill('ladder', {
    title: 'a ladder: answered after the first reminder',
    play: async ({ world, run }) => {
      await world.advance(days(2))
      await run.signal('reply', reply('in time'))
    },
    ends: completed('enlist', 'reply/reminder-1/tell'),
  }),
  drill('ladder', {
    title: 'a ladder: all reminders, and no answer',
    play: async ({ run }) => void (await run.runUntil()),
    ends: compensated('over', 'enlist', 'reply/reminder-1/tell', 'reply/reminder-2/tell', 'undo enlist'),
  }),
  drill('ladder', {
    title: 'a ladder: nobody looked for a month, and every reminder still has its turn',
    play: async ({ world }) => world.advance(days(30)),
    ends: compensated('over', 'enlist', 'reply/reminder-1/tell', 'reply/reminder-2/tell', 'undo enlist'),
  }),
]

const threeBranches = ['papers/sign', 'people/enlist', 'partner/mail']

const branches: readonly Scenario[] = [
  drill('together', {
    title: 'all: every branch comes to its end',
    sideBySide: true,
    play: async ({ run }) => {
      await run.signal('reply', reply('yes'))
      await run.approveAs('legal')
    },
    ends: completed('papers/sign', 'people/enlist', 'partner/mail'),
  }),
  drill('together', {
    title: 'all: one branch is rejected, and the others are undone',
    sideBySide: true,
    play: ({ run }) => run.rejectAs('legal', 'no'),
    ends: compensated('rejected', ...threeBranches, ...threeBranches.map((key) => `undo ${key}`)),
  }),
  drill('together', {
    title: 'all: cancelled while every branch waits',
    sideBySide: true,
    play: ({ run }) => run.cancel(),
    ends: compensated('cancelled', ...threeBranches, ...threeBranches.map((key) => `undo ${key}`)),
  }),
  drill('each', {
    title: 'each: the same for every item',
    sideBySide: true,
    play: async ({ run }) => void (await run.runUntil()),
    ends: completed('a/enlist', 'a/mail', 'b/enlist', 'b/mail', 'c/enlist', 'c/mail'),
  }),
  drill('each', {
    title: 'each: every item fails, and all are undone',
    sideBySide: true,
    firstIsChance: true,
    faults: { 'email.send': ['refuse', 'refuse', 'refuse'] },
    play: async ({ run }) => void (await run.runUntil()),
    ends: compensated('failed', 'a/enlist', 'b/enlist', 'c/enlist', 'undo a/enlist', 'undo b/enlist', 'undo c/enlist'),
  }),
  drill('race', {
    title: 'race: the word wins, and the loser is undone',
    sideBySide: true,
    play: async ({ world, run }) => {
      await world.advance(hours(1))
      await run.signal('reply', reply('yes'))
    },
    ends: completed('partner/mail', 'clock/enlist', 'undo clock/enlist', 'chat'),
  }),
  drill('race', {
    title: 'race: the clock wins, and the loser is undone',
    sideBySide: true,
    play: ({ world }) => world.advance(days(2)),
    ends: completed('partner/mail', 'clock/enlist', 'undo partner/mail', 'chat'),
  }),
  drill('race', {
    title: 'race: a word that came in time wins, however late anybody looks',
    sideBySide: true,
    play: async ({ world, run }) => {
      await world.advance(hours(47))
      await run.signal('reply', reply('just in time'))
      await world.advance(days(9))
    },
    ends: completed('partner/mail', 'clock/enlist', 'undo clock/enlist', 'chat'),
  }),
  drill('race', {
    title: 'race: what the loser did is undone once, also where everything is undone later',
    sideBySide: true,
    faults: { 'whatsapp.sendTemplate': ['refuse'] },
    play: ({ run }) => run.signal('reply', reply('yes')),
    ends: compensated('failed', 'partner/mail', 'clock/enlist', 'undo clock/enlist', 'undo partner/mail'),
  }),
  drill('nested', {
    title: 'branches in branches: the inner race, then the rest',
    sideBySide: true,
    play: async ({ world, run }) => {
      await run.signal('reply', reply('yes'))
      await world.advance(hours(3))
    },
    ends: completed('work/one/sign', 'work/one/gate/mail', 'undo work/one/gate/mail', 'work/other/enlist'),
  }),
  drill('nested', {
    title: 'branches in branches: a rejection deep inside ends the run',
    sideBySide: true,
    play: ({ run }) => run.rejectAs('legal', 'no'),
    ends: compensated(
      'rejected',
      'work/one/sign',
      'work/one/gate/mail',
      'undo work/one/sign',
      'undo work/one/gate/mail',
    ),
  }),
  drill('lostInDoubt', {
    title: 'race: a loser in doubt is waited for until a person can tell',
    sideBySide: true,
    faults: { 'email.send': ['lost after acting'] },
    play: async (stage) => {
      const { run } = stage
      await passUntil(stage, isInDoubt('letter/mail'))
      await run.signal('reply', reply('yes'))
      assert.equal(await run.outcome(), undefined)
      await run.resolve({
        key: 'letter/mail',
        resolution: { outcome: 'happened', output: { messageId: 'found' } },
        why: 'asked the partner',
      })
    },
    ends: completed('letter/mail', 'undo letter/mail'),
  }),
]

const pivots: readonly Scenario[] = [
  drill('pivot', {
    title: 'a pivot: from here on the run goes forward',
    play: async ({ run }) => {
      await run.signal('signed', {})
      await assertRefused('AFTER_PIVOT', run.cancel())
      await run.approveAs('legal')
    },
    ends: completed('sign', 'chat'),
  }),
  drill('pivot', {
    title: 'a pivot: cancelled before it, all is undone',
    play: ({ run }) => run.cancel(),
    ends: compensated('cancelled', 'sign', 'undo sign'),
  }),
  drill('pivot', {
    title: 'a pivot: a step that fails after it waits for a person, who has it tried again',
    faults: { 'whatsapp.sendTemplate': ['refuse'] },
    play: async ({ run }) => {
      await run.signal('signed', {})
      assert.equal((await run.view()).stuckCode, 'STEP_FAILED')
      await run.retry()
      await run.approveAs('legal')
    },
    ends: completed('sign', 'chat'),
  }),
  drill('pivot', {
    title: 'a pivot: ended after it by a person, and nothing is undone',
    play: async ({ run }) => {
      await run.signal('signed', {})
      await run.cancel({ undo: false })
    },
    ends: { outcome: 'cancelled', undo: 'skipped', acts: ['sign', 'chat'] },
  }),
  drill('pivot', {
    title: 'a pivot: rejected after it is left to a person',
    play: async ({ run }) => {
      await run.signal('signed', {})
      await run.rejectAs('legal', 'no')
      assert.equal((await run.view()).stuckCode, 'AFTER_PIVOT')
      await run.cancel({ undo: false })
    },
    ends: { outcome: 'cancelled', undo: 'skipped', acts: ['sign', 'chat'] },
  }),
  drill('sealed', {
    title: 'a pivot that is a step: an end of its own accord is left to a person',
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'AFTER_PIVOT')
      await run.retry()
      assert.equal((await run.view()).stuckCode, 'AFTER_PIVOT')
      await run.cancel({ undo: false })
    },
    ends: { outcome: 'cancelled', undo: 'skipped', acts: ['sign', 'seal'] },
  }),
]

const made = ['enlist', 'mail', 'sign', 'tell'] as const
const decided = async (stage: Stage): Promise<void> => {
  await passUntil(stage, waitsAt('consult'))
  await stage.run.approveAs('legal')
}

const doubts: readonly Scenario[] = [
  drill('doubt', {
    title: 'in doubt: a vendor who refuses doubles is simply asked again',
    faults: { 'crm.savePartner': ['lost before acting'] },
    play: decided,
    ends: completed(...made),
  }),
  drill('doubt', {
    title: 'in doubt: a vendor who can be asked says that it happened',
    faults: { 'esign.sendEnvelope': ['lost after acting'] },
    play: decided,
    ends: completed(...made),
  }),
  drill('doubt', {
    title: 'in doubt: a vendor who can be asked says that it never happened',
    faults: { 'esign.sendEnvelope': ['lost before acting'] },
    play: decided,
    ends: completed(...made),
  }),
  drill('doubt', {
    title: 'in doubt: a vendor who never answers, although it acted',
    faults: { 'esign.sendEnvelope': ['hang'] },
    play: decided,
    ends: completed(...made),
  }),
  drill('announce', {
    title: 'in doubt: a second one does no harm, says the step',
    faults: { 'email.send': ['lost after acting'] },
    play: async (stage) => void (await passUntil(stage, ({ status }) => status === 'ended')),
    ends: completed('tell', 'tell'),
  }),
  drill('doubt', {
    title: 'in doubt: a person says that it happened',
    faults: { 'email.send': ['lost after acting'] },
    play: async (stage) => {
      await passUntil(stage, isInDoubt('mail'))
      await stage.run.resolve({
        key: 'mail',
        resolution: { outcome: 'happened', output: { messageId: 'found' } },
        why: 'asked the partner',
      })
      await decided(stage)
    },
    ends: completed(...made),
  }),
  drill('doubt', {
    title: 'in doubt: a person says that it never happened',
    faults: { 'email.send': ['lost before acting'] },
    play: async (stage) => {
      await passUntil(stage, isInDoubt('mail'))
      await stage.run.resolve({ key: 'mail', resolution: { outcome: 'never' }, why: 'asked the partner' })
      await decided(stage)
    },
    ends: completed('enlist', 'mail~2', 'sign', 'tell'),
  }),
  drill('doubt', {
    title: 'in doubt: nobody will ever know, so the step fails and all is undone',
    faults: { 'email.send': ['lost after acting'] },
    play: async (stage) => {
      await passUntil(stage, isInDoubt('mail'))
      await stage.run.resolve({ key: 'mail', resolution: { outcome: 'abandon' }, why: 'nobody knows' })
    },
    ends: compensated('failed', 'enlist', 'mail', 'undo enlist'),
  }),
  drill('doubt', {
    title: 'in doubt: cancelled meanwhile, and a person can tell',
    faults: { 'email.send': ['lost after acting'] },
    play: async (stage) => {
      await passUntil(stage, isInDoubt('mail'))
      await stage.run.cancel()
      assert.equal(await stage.run.outcome(), undefined)
      await stage.run.resolve({
        key: 'mail',
        resolution: { outcome: 'happened', output: { messageId: 'found' } },
        why: 'asked the partner',
      })
    },
    ends: compensated('cancelled', 'enlist', 'mail', 'undo enlist', 'undo mail'),
  }),
  drill('abandon', {
    title: 'undo: one that fails is parked for a person, and the others go on',
    faults: { 'esign.voidEnvelope': ['refuse'] },
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'UNDO_PARKED')
      await run.resolve({ key: 'undo sign', resolution: { outcome: 'happened' }, why: 'done by hand' })
    },
    ends: compensated('over', 'mail', 'chat', 'sign', 'undo mail'),
  }),
  drill('abandon', {
    title: 'undo: one that fails is tried once more at the word of a person',
    faults: { 'esign.voidEnvelope': ['refuse'] },
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'UNDO_PARKED')
      await run.resolve({ key: 'undo sign', resolution: { outcome: 'never' }, why: 'once more' })
    },
    ends: compensated('over', 'mail', 'chat', 'sign', 'undo mail', 'undo sign~2'),
  }),
  drill('abandon', {
    title: 'undo: one that is given up leaves the undo incomplete',
    faults: { 'esign.voidEnvelope': ['refuse'] },
    play: ({ run }) => run.resolve({ key: 'undo sign', resolution: { outcome: 'abandon' }, why: 'never mind' }),
    ends: { outcome: 'over', undo: 'incomplete', acts: ['mail', 'chat', 'sign', 'undo mail'] },
  }),
  drill('abandon', {
    title: 'undo: a vendor who is busy is asked again',
    faults: { 'esign.voidEnvelope': ['busy', 'busy'] },
    play: async (stage) => void (await passUntil(stage, ({ status }) => status === 'ended')),
    ends: compensated('over', 'mail', 'chat', 'sign', 'undo sign', 'undo mail'),
  }),
]

const stuck: readonly Scenario[] = [
  drill('unruly', {
    title: 'stuck: two branches of one name; tried again, then cancelled',
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'LANGUAGE_RULE')
      await run.retry()
      assert.equal((await run.view()).stuckCode, 'LANGUAGE_RULE')
      await run.cancel()
    },
    ends: compensated('cancelled', 'enlist', 'undo enlist'),
  }),
  drill('broken', {
    title: 'stuck: the flow throws; cancelled without undo',
    play: async ({ run }) => {
      assert.equal((await run.view()).stuckCode, 'FLOW_THREW')
      await run.cancel({ undo: false })
    },
    ends: { outcome: 'cancelled', undo: 'skipped', acts: ['enlist'] },
  }),
  drill('foreign', {
    title: 'stuck: the flow waits for something of its own',
    play: async (stage) => {
      await passUntil(stage, isStuck('LANGUAGE_RULE'))
      await stage.run.cancel()
    },
    ends: compensated('cancelled', 'enlist', 'undo enlist'),
  }),
  drill('deaf', {
    title: 'a flow that swallows its cancellation is cancelled all the same',
    play: ({ run }) => run.cancel(),
    ends: compensated('cancelled', 'enlist', 'undo enlist'),
  }),
  drill('review', {
    title: 'cancelled without undo at a gate',
    play: ({ run }) => run.cancel({ undo: false }),
    ends: { outcome: 'cancelled', undo: 'skipped', acts: ['enlist'] },
  }),
  drill('words', {
    title: 'cancelled with undo while it waits for a signal',
    play: async ({ world, run }) => {
      await world.advance(minutes(5))
      await run.cancel()
    },
    ends: compensated('cancelled', 'mail', 'undo mail'),
  }),
  {
    ...drill('long', {
      title: 'results of several pages are remembered across a wait',
      play: async ({ run }) => run.approveAs('legal'),
      ends: completed('enlist'),
    }),
    input: { id: 'drill', items: Array.from({ length: 20 }, (_, index) => ({ id: `item ${index}` })) },
  },
]

export const drillScenarios: readonly Scenario[] = [
  ...steps,
  ...people,
  ...signals,
  ...branches,
  ...pivots,
  ...doubts,
  ...stuck,
]
