/** The runs whose histories are kept, and what opens them. */
import { days, hours } from '../../../src/flow/index.ts'
import { workflows } from '../../../src/workflows/index.ts'
import { drillPolicies } from '../drill/workflows.ts'
import { partnerScenarios } from '../partner-scenarios.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { policies } from '../../workflows/partner-approval-lives.ts'
import { everyConstructWorkflow, NAME } from './every-construct-flow.ts'

/** No secret: it opens what is recorded here and nothing else. */
export const key = { id: 'recorded', key: Buffer.from('no secret: it opens histories of tests'.slice(0, 32)) } as const

export const recorded = {
  workflows: [...workflows, everyConstructWorkflow],
  policies: { ...policies, ...drillPolicies },
} as const

export interface Recording {
  /** Its file here, without the ending. */
  readonly name: string
  readonly scenario: Scenario
  /** It starts on the local engine, and is moved to Temporal by its scenario. */
  readonly isMoved?: true
}

async function untilReviewed({ run }: Stage): Promise<void> {
  await run.runUntil('review')
  await run.returnAs('manager', 'shorter, please')
}

async function toTheEnd({ world, run }: Stage, text: string): Promise<void> {
  await run.approveAs('manager', { note: 'fine' })
  await world.advance(days(1))
  if ((await run.view()).waits.some(({ name }) => name === 'reply')) await run.signal('reply', { text })
  await run.approveAs('legal', {}, 'board')
  await run.approveAs('director', {}, 'board')
  await world.advance(hours(2))
  await run.approveAs('legal', {}, 'consult')
  await run.signal('reply', { text: 'before the clock' })
}

const ofEveryConstruct = (
  title: string,
  items: readonly string[],
  play: Scenario['play'],
  ends: Scenario['ends'],
): Scenario => ({
  title,
  workflow: NAME,
  input: { id: 'drill', items: items.map((id) => ({ id })) },
  sideBySide: true,
  faults: { 'whatsapp.sendTemplate': ['refuse'] },
  play,
  ends,
})

const before = ['enlist', 'mail', 'file', 'sign', 'tell', 'offer']
const after = ['papers/sign', 'people/mail', 'word/mail', 'clock/enlist', 'undo clock/enlist']
const reminded = 'reply/reminder-1/tell'

const partner = (title: string): Scenario => {
  const scenario = partnerScenarios.find((one) => one.title === title)
  if (scenario === undefined) throw new Error(`there is no scenario "${title}"`)
  return scenario
}

export const recordings: readonly Recording[] = [
  { name: 'partner-approval-completed', scenario: partner('a counter-offer, then signed and activated') },
  { name: 'partner-approval-cancelled', scenario: partner('cancelled at agreementSigned') },
  {
    name: 'every-construct-completed',
    scenario: ofEveryConstruct(
      'every construct, to the end',
      ['a', 'b', 'c'],
      async (stage) => {
        await untilReviewed(stage)
        await toTheEnd(stage, 'yes')
        await stage.run.signal('signed', {})
      },
      {
        outcome: 'completed',
        undo: 'nothing',
        acts: [...before, reminded, ...after, 'a/enlist', 'b/enlist', 'c/enlist', 'seal'],
      },
    ),
  },
  {
    name: 'every-construct-undone',
    scenario: ofEveryConstruct(
      'every construct, and all is undone',
      ['a'],
      async (stage) => {
        await untilReviewed(stage)
        await toTheEnd(stage, 'no')
      },
      {
        outcome: 'over',
        undo: 'compensated',
        acts: [
          ...before,
          reminded,
          ...after,
          'a/enlist',
          ...['a/enlist', 'word/mail', 'people/mail', 'papers/sign', 'offer', 'sign', 'file', 'mail', 'enlist'].map(
            (name) => `undo ${name}`,
          ),
        ],
      },
    ),
  },
  {
    name: 'every-construct-moved',
    isMoved: true,
    scenario: ofEveryConstruct(
      'every construct, taken up in the middle from the ledger, with a letter that came early',
      ['a', 'b'],
      async (stage) => {
        await untilReviewed(stage)
        await stage.run.signal('reply', { text: 'yes' })
        await stage.run.moveTo('temporal')
        await toTheEnd(stage, 'yes')
        await stage.run.signal('signed', {})
      },
      { outcome: 'completed', undo: 'nothing', acts: [...before, ...after, 'a/enlist', 'b/enlist', 'seal'] },
    ),
  },
]

export const fileOf = ({ name }: Recording): URL => new URL(`${name}.json`, import.meta.url)
