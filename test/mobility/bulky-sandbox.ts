import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'
import type { FlowFunction } from '../../src/flow/drive.ts'
import { bulky } from './bulky-flow.ts'

const flows: Readonly<Record<string, FlowFunction>> = Object.fromEntries([['bulky@1', bulky]])

export const sijilRun = runWorkflow(flows)
