/** How errands leave the sandbox: outside effects as activities that any worker may take up, everything else beside the flow. */
import {
  type ActivityOptions,
  type LocalActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { StepOperation, UndoOperation } from '../../../flow/host.ts'
import type { ActHow, Errands, Memory, Report, RunRef, Waits } from '../wire.ts'

/** The ledger may be away for as long as it likes: an errand is sent again until it is answered. */
const retry = { initialInterval: 100, backoffCoefficient: 2, maximumInterval: 30_000 }
/** Beyond the step's own time: reading, writing, and a question to the vendor. */
const MARGIN_MS = 60_000
/** A worker that is not heard of for so long is taken for dead. */
const HEARTBEAT_MS = 30_000

const local: LocalActivityOptions = { startToCloseTimeout: MARGIN_MS, retry }

export const { recall, recallMore, decide, finish, stop, askForEnd } = proxyLocalActivities<Errands>(local)

/** `waitsFor`: what people are told the run waits for; nothing while it goes on. */
export const wait = (ref: RunRef, waits: Waits, waitsFor: readonly string[]): Promise<Report> =>
  proxyLocalActivities<Errands>({ ...local, ...(waitsFor.length > 0 ? { summary: waitsFor.join(', ') } : {}) }).wait(
    ref,
    waits,
  )

/** A step's title stands at it in Temporal's own pages, so that an operator recognises it; an outside effect bears its name besides. */
export function act(
  ref: RunRef,
  operation: StepOperation | UndoOperation,
  how: ActHow,
  memory: Memory,
): Promise<Report> {
  const { name, kind } = operation
  const { title = name, isOutside = true, timeoutMs = 0 } = memory.steps[name] ?? {}
  const startToCloseTimeout = 2 * timeoutMs + MARGIN_MS
  const summary = kind === 'undo' ? `undo: ${title}` : title
  if (!isOutside)
    return proxyLocalActivities<Errands>({ ...local, startToCloseTimeout, summary }).act(ref, operation, how)
  const options: ActivityOptions = { startToCloseTimeout, heartbeatTimeout: HEARTBEAT_MS, retry, summary }
  const type = kind === 'undo' ? `undo ${name}` : name
  const activity = proxyActivities<Record<string, Errands['act']>>(options)[type]
  if (activity === undefined) throw new TypeError(`there is no activity ${type}`)
  return activity(ref, operation, how)
}
