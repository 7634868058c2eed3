import { type Workflow, workflow } from '../flow/workflow.ts'
import { partnerApproval as partnerApprovalContract } from './sales/partner-approval/contract.ts'
import * as partnerApprovalSteps from './sales/partner-approval/steps.ts'
import { partnerApproval } from './sales/partner-approval/workflow.ts'

/** Every version of every workflow that a run may still be of. A new version joins the list and leaves the older ones in it. */
export const workflows: readonly Workflow[] = [
  workflow({ contract: partnerApprovalContract, steps: partnerApprovalSteps, flow: partnerApproval }),
]
