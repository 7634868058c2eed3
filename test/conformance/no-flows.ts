/** What a worker of a release that has none of the flows loads. */
import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'

export const sijilRun = runWorkflow({})
