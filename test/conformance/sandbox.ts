/** What is bundled for Temporal's sandbox when the suites run: every flow that they play. */
import type { FlowFunction } from '../../src/flow/drive.ts'
import { runWorkflow } from '../../src/engine/temporal/sandbox/run-workflow.ts'
import { flows } from '../../src/workflows/flows.ts'
import { drills } from './drill/flows.ts'

const drilled: Readonly<Record<string, FlowFunction>> = Object.fromEntries(
  Object.entries(drills).map(([name, flow]) => [`${name}@1`, flow]),
)

export const sijilRun = runWorkflow({ ...flows, ...drilled })
