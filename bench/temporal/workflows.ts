/** What is bundled for Temporal's sandbox: our workflow type with the flows of the bench, and the same by hand. */
import { proxyActivities } from '@temporalio/workflow'
import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'
import { addThrice } from '../three-steps-flow.ts'
import { decideBetween } from '../world/pausing-flow.ts'
import type { Counted } from './by-hand.ts'

export { partnerByHand } from './partner-by-hand.ts'

export const sijilRun = runWorkflow({ 'three-steps@1': addThrice, 'decided@1': decideBetween })

const { add } = proxyActivities<{ add(counted: Counted): Promise<Counted> }>({ startToCloseTimeout: '30s' })

export const threeStepsByHand = (counted: Counted): Promise<Counted> => addThrice({ add }, counted)
