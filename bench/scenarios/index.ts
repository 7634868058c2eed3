import { connectors } from './connectors.ts'
import { decision } from './decision.ts'
import { growth } from './growth.ts'
import { ledgerMove } from './ledger-move.ts'
import { limit } from './limit.ts'
import { partnerApproval } from './partner-approval.ts'
import { pausedByTheEngine, pausedInBulk } from './paused.ts'
import { restart } from './restart.ts'
import type { Scenario } from './scenario.ts'
import { sealing } from './sealing.ts'
import { start } from './start.ts'
import { temporal } from './temporal.ts'
import { threeSteps } from './three-steps.ts'
import { twoWorkers } from './two-workers.ts'

/** In the order of the page. */
export const scenarios: readonly Scenario[] = [
  threeSteps,
  limit,
  sealing,
  twoWorkers,
  growth,
  decision,
  partnerApproval,
  pausedByTheEngine,
  pausedInBulk,
  restart,
  start,
  ledgerMove,
  connectors,
]

/** Only when they are asked for by name: they need Temporal's command-line tool. */
export const scenariosOnRequest: readonly Scenario[] = temporal
