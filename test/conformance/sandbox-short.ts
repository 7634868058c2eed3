/** As `sandbox.ts`, with histories so short that a run goes on in a new one as soon as it was told something. */
import { workflowInfo } from '@temporalio/workflow'
import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'
import { playedFlows } from './sandbox-flows.ts'

/** The first task of a history finds less, any later one more. */
const FIRST_TASK_MAX = 4

export const sijilRun = runWorkflow(playedFlows, () => workflowInfo().historyLength > FIRST_TASK_MAX)
