/** The one workflow that carries out any plan. What it learns goes into all that it asks later, so that a replay cannot drift unseen. */
import { z } from 'zod'
import '../../src/connectors/systems.ts'
import '../../src/engine/services.ts'
import { fraction } from '../../src/flow/fraction.ts'
import {
  call,
  contract,
  days,
  type Flow,
  gate,
  hours,
  message,
  none,
  record,
  signal,
  step,
  StepFailed,
  workflow,
} from '../../src/flow/index.ts'
import { type Part, type Plan, SIGNALS_MAX } from './plan.ts'

const titled = { en: 'Part', ar: 'جزء' } as const
/** `told`: all that the branch has learned before. */
const Asked = z.object({ label: z.number(), told: z.string(), at: z.number(), fails: z.boolean() })
type Asked = z.output<typeof Asked>
const Said = z.object({ said: z.string() })
const Packet = z.object({
  about: z.number(),
  verdict: z.enum(['approve', 'return', 'reject', 'silence']),
  told: z.string(),
})
const word = signal({ title: titled, payload: Said })

type WordName = `word${number}`
export const wordOf = (label: number): WordName => `word${label}`
const words: Readonly<Record<WordName, typeof word>> = Object.fromEntries(
  Array.from({ length: SIGNALS_MAX }, (_, index) => [wordOf(index + 1), word]),
)

const planContract = contract({
  name: 'plan',
  version: 1,
  title: titled,
  lasts: { from: days(1), to: days(30) },
  input: z.custom<Plan>(),
  output: z.string(),
  endings: { over: titled },
  gates: {
    ask: gate({
      title: titled,
      packet: Packet,
      subject: 'about',
      decision: z.object({}),
      approvers: 'manager',
      within: days(3),
      onExpiry: 'value',
      onReturn: 'value',
      authorises: {},
    }),
  },
  signals: words,
})

/** What is made or taken back without a vendor, with the key it was made under. */
export interface Journal {
  note(what: string, key: string): void
}

const planSteps = (journal: Journal) => ({
  look: step({
    title: titled,
    effect: none,
    input: Asked,
    output: Said,
    do: async (_, { label }) => ({ said: `looked at ${label}` }),
  }),
  keep: step({
    title: titled,
    effect: record('thing'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      ctx.kept.put(`${label}`, { label })
      journal.note('kept', ctx.key)
      return { said: `kept ${label}` }
    },
    undo: async (ctx) => journal.note('unkept', ctx.key),
  }),
  /** The other side refuses doubles of the key. */
  save: step({
    title: titled,
    effect: call('crm', 'save'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      await ctx.crm.savePartner({ externalId: `${label}`, stage: 'applicant', properties: {} })
      return { said: `saved ${label}` }
    },
    undo: async (ctx, { label }) =>
      void (await ctx.crm.savePartner({ externalId: `${label}`, stage: 'closed', properties: {} })),
  }),
  /** The other side can be asked. */
  sign: step({
    title: titled,
    effect: call('esign', 'sign', 'contract'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      await ctx.esign.sendEnvelope({
        subject: `${label}`,
        message: '',
        document: { name: '', contentBase64: '' },
        signers: [],
      })
      return { said: `signed ${label}` }
    },
    undo: async (ctx, { label }) => void (await ctx.esign.voidEnvelope({ envelopeId: `${label}`, reason: 'undone' })),
  }),
  /** Nobody can be asked: after a crash it is in doubt. */
  open: step({
    title: titled,
    effect: message('email', 'open', 'outside'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      await ctx.email.send({ to: 'x', subject: `open ${label}`, text: '', language: 'en' })
      return { said: `opened ${label}` }
    },
    undo: async (ctx, { label }) =>
      void (await ctx.email.send({ to: 'x', subject: `close ${label}`, text: '', language: 'en' })),
  }),
  tell: step({
    title: titled,
    effect: message('email', 'tell', 'outside'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      await ctx.email.send({ to: 'x', subject: `tell ${label}`, text: '', language: 'en' })
      return { said: `told ${label}` }
    },
    irreversible: 'what was said stays said',
  }),
  commit: step({
    title: titled,
    effect: message('whatsapp', 'commit', 'outside'),
    input: Asked,
    output: Said,
    do: async (ctx, { label }) => {
      await ctx.whatsapp.sendTemplate({ to: 'x', template: `${label}`, language: 'ar', parameters: [] })
      return { said: `committed ${label}` }
    },
    pivot: true,
    irreversible: 'both sides are bound',
  }),
})

interface PlanFlow extends Flow<typeof planContract, ReturnType<typeof planSteps>> {}

const mixed = (...told: readonly unknown[]): string => fraction(told.join('|')).toString(36).slice(2)

async function carryOut(flow: PlanFlow, plan: Plan, told: string): Promise<string> {
  let learned = told
  for (const next of plan) learned = mixed(learned, await carryOutPart(flow, next, learned))
  return learned
}

async function carryOutPart(flow: PlanFlow, part: Part, told: string): Promise<string> {
  const { label } = part
  const asked: Asked = { label, told, at: flow.now(), fails: 'fails' in part && part.fails }
  switch (part.does) {
    case 'look':
    case 'keep':
    case 'save':
    case 'sign':
    case 'open':
    case 'tell':
    case 'commit':
      return (await flow[part.does](asked)).said
    case 'sleep':
      await flow.sleep(hours(1 + (label % 3)))
      return 'slept'
    case 'gate':
      return (await flow.ask({ about: label, verdict: part.verdict, told })).outcome
    case 'wait':
      return waitFor(flow, part)
    case 'hang':
      return (await signalOf(flow, label)()).said
    case 'abandon':
      throw flow.abandon('over')
    default:
      return carryOutBranches(flow, part, told)
  }
}

async function carryOutBranches(
  flow: PlanFlow,
  { does, branches }: Extract<Part, { readonly branches: unknown }>,
  told: string,
): Promise<string> {
  const opened = branches.map((branch, index) => ({ id: `b${index}`, branch }))
  const named = Object.fromEntries(
    opened.map(({ id, branch }) => [id, (inner: PlanFlow) => carryOut(inner, branch, mixed(told, id))]),
  )
  const [one = [], other = []] = branches
  switch (does) {
    case 'all':
      return JSON.stringify(await flow.all(named))
    case 'race':
      return JSON.stringify(await flow.race(named))
    case 'each':
      return JSON.stringify(
        await flow.each(opened, (inner, { id, branch }) => carryOut(inner, branch, mixed(told, id))),
      )
    case 'choose':
      return carryOut(flow, flow.random() < 0.5 ? one : other, mixed(told, flow.id().length))
    case 'attempt':
      try {
        return await carryOut(flow, one, told)
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error
        return carryOut(flow, other, mixed(told, error.step, error.code))
      }
  }
}

async function waitFor(flow: PlanFlow, { label, reminds }: Extract<Part, { readonly does: 'wait' }>): Promise<string> {
  const remind = {
    after: [hours(2)],
    by: (steps: Pick<PlanFlow, 'look'>) => steps.look({ label, told: '', at: 0, fails: false }),
  }
  const answer = await signalOf(flow, label)({ within: hours(9), ...(reminds ? { remind } : {}) })
  return answer.timedOut ? 'nobody answered' : answer.value.said
}

function signalOf(flow: PlanFlow, label: number): PlanFlow[WordName] {
  const wait: PlanFlow[WordName] | undefined = flow[wordOf(label)]
  if (wait === undefined) throw new RangeError(`there is no signal for part ${label}`)
  return wait
}

export const planWorkflow = (journal: Journal) =>
  workflow({
    contract: planContract,
    steps: planSteps(journal),
    flow: (flow: PlanFlow, plan) => carryOut(flow, plan, 'nothing'),
  })

/** Nothing in a plan needs a decision. */
export const planPolicies = { save: 'A', sign: 'A', open: 'A', tell: 'A', commit: 'A' } as const
