/** What is bundled for Temporal's sandbox: the one workflow type, with every flow. */
import { runWorkflow } from '../engine/temporal/sandbox/run-workflow.ts'
import { flows } from '../workflows/flows.ts'

export const sijilRun = runWorkflow(flows)
