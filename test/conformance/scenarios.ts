import { workflows } from '../../src/workflows/index.ts'
import { policies } from '../workflows/partner-approval-lives.ts'
import { drillScenarios } from './drill/scenarios.ts'
import { drillPolicies, drillWorkflows } from './drill/workflows.ts'
import { partnerScenarios } from './partner-scenarios.ts'
import type { Scenario } from './scenario.ts'

/** Every engine plays all of them. */
export const scenarios: readonly Scenario[] = [...drillScenarios, ...partnerScenarios]

export const played = {
  workflows: [...workflows, ...drillWorkflows],
  policies: { ...policies, ...drillPolicies },
} as const
