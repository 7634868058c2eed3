/** Two runs that pause: one for a person's decision, one for a signal. Each has a step before it and a step after it. */
import { z } from 'zod'
import { contract, days, type Flow, gate, none, signal, step, workflow } from '../../src/flow/index.ts'
import { personal } from '../../src/trust/personal.ts'
import { begins } from './begun.ts'
import { decideBetween } from './pausing-flow.ts'

const Request = z.object({ n: z.number(), email: personal(z.email(), { identifies: true }) })

const decidedContract = contract({
  name: 'decided',
  version: 1,
  title: { en: 'Decided by a person', ar: 'بقرار شخص' },
  lasts: { from: days(1), to: days(30) },
  input: Request,
  output: Request,
  endings: {},
  gates: {
    approval: gate({
      title: { en: 'Approval', ar: 'الاعتماد' },
      packet: z.object({ request: Request }),
      subject: 'request',
      decision: z.object({}),
      approvers: 'manager',
      within: days(30),
      onExpiry: 'undo',
      onReturn: 'never',
      authorises: {},
    }),
  },
  signals: {},
})
const signalledContract = contract({
  name: 'signalled',
  version: 1,
  title: { en: 'Woken by a signal', ar: 'بإشارة' },
  lasts: { from: days(1), to: days(30) },
  input: Request,
  output: Request,
  endings: {},
  gates: {},
  signals: { go: signal({ title: { en: 'Go', ar: 'انطلق' }, payload: z.object({ n: z.number() }) }) },
})

const steps = {
  prepare: step({
    title: { en: 'Prepare', ar: 'تجهيز' },
    effect: none,
    input: Request,
    output: Request,
    do: async (_ctx, { n, email }) => ({ n: n + 1, email }),
  }),
  goOn: step({
    title: { en: 'Go on', ar: 'متابعة' },
    effect: none,
    input: Request,
    output: Request,
    do: async ({ run }, request) => {
      begins(run)
      return request
    },
  }),
}
interface DecidedFlow extends Flow<typeof decidedContract, typeof steps> {}
interface SignalledFlow extends Flow<typeof signalledContract, typeof steps> {}

export const decided = workflow({
  contract: decidedContract,
  steps,
  flow: (flow: DecidedFlow, input) => decideBetween(flow, input),
})

export const signalled = workflow({
  contract: signalledContract,
  steps,
  flow: async (flow: SignalledFlow, input) => {
    const request = await flow.prepare(input)
    await flow.go({ within: days(30) })
    return flow.goOn(request)
  },
})
