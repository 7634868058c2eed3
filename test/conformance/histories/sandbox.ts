/** What is bundled to record histories, and to replay them: the flows whose histories are kept. */
import { runWorkflow } from '../../../src/engine/temporal/sandbox/run-workflow.ts'
import { flows } from '../../../src/workflows/flows.ts'
import { everyConstruct } from './every-construct-flow.ts'

export const sijilRun = runWorkflow({ ...flows, 'every-construct@1': everyConstruct })
