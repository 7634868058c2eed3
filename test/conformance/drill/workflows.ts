import { type Workflow, workflow } from '../../../src/flow/workflow.ts'
import { drillContract } from './contract.ts'
import { drills } from './flows.ts'
import * as steps from './steps.ts'

/** Every drill by the name of its flow. */
export const drillWorkflows: readonly Workflow[] = Object.entries(drills).map(([name, flow]) =>
  workflow({ contract: drillContract(name), steps, flow }),
)

/** Only an offer needs a decision. */
export const drillPolicies = {
  enlist: 'A',
  mail: 'A',
  chat: 'A',
  file: 'A',
  sign: 'A',
  tell: 'A',
  seal: 'A',
} as const
