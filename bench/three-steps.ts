/** The smallest run that is worth measuring: three steps without outside effect, and one personal value that is sealed. */
import { z } from 'zod'
import { contract, type Flow, none, seconds, step, workflow } from '../src/flow/index.ts'
import { personal } from '../src/trust/personal.ts'
import { addThrice } from './three-steps-flow.ts'

const Count = z.object({ n: z.number(), email: personal(z.email(), { identifies: true }) })

const countContract = contract({
  name: 'three-steps',
  version: 1,
  title: { en: 'Three steps', ar: 'ثلاث خطوات' },
  lasts: { from: seconds(1), to: seconds(2) },
  input: Count,
  output: Count,
  endings: {},
  gates: {},
  signals: {},
})
const steps = {
  add: step({
    title: { en: 'Add one', ar: 'إضافة واحد' },
    effect: none,
    input: Count,
    output: Count,
    do: async (_ctx, { n, email }) => ({ n: n + 1, email }),
  }),
}
interface CountFlow extends Flow<typeof countContract, typeof steps> {}

export const threeSteps = workflow({
  contract: countContract,
  steps,
  flow: (flow: CountFlow, input) => addThrice(flow, input),
})
