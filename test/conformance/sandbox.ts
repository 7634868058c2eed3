/** What is bundled for Temporal's sandbox when the suites run. */
import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'
import { playedFlows } from './sandbox-flows.ts'

export const sijilRun = runWorkflow(playedFlows)
