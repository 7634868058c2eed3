/** Every flow that the suites play. */
import type { FlowFunction } from '../../src/flow/drive.ts'
import { flows } from '../../src/workflows/flows.ts'
import { drills } from './drill/flows.ts'

const drilled: Readonly<Record<string, FlowFunction>> = Object.fromEntries(
  Object.entries(drills).map(([name, flow]) => [`${name}@1`, flow]),
)

export const playedFlows: Readonly<Record<string, FlowFunction>> = { ...flows, ...drilled }
