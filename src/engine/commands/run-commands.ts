import { askForEnd, askForRetry } from '../../ledger/requests/requests.ts'
import type { Actor } from './actor.ts'
import type { CommandParts } from './command-parts.ts'
import { knownRun } from './known-run.ts'
import { demand } from './permissions.ts'
import { reasonOf } from './reason.ts'
import { refusalOf } from './refusal.ts'

export interface CancelCommand {
  readonly run: string
  /** Whether what was done is taken back. After the pivot only false is possible. */
  readonly undo: boolean
  readonly why: string
}

/**
 * Asks for the end of a run; what is in flight is waited for. Throws `Refusal` NO_SUCH_RUN, NOT_ALLOWED, RUN_ENDED,
 * AFTER_PIVOT, INVALID_VALUE (without a reason).
 */
export async function cancelRun(parts: CommandParts, actor: Actor, command: CancelCommand): Promise<void> {
  const run = await knownRun(parts, actor, command.run)
  demand(actor, 'cancel', run.requester)
  const why = reasonOf(command.why)
  const answer = await parts.database.transaction({ role: 'member', tenant: actor.tenant }, (session) =>
    askForEnd(session, actor, { run: run.id, undo: command.undo, why }),
  )
  if (answer !== 'REQUESTED') throw refusalOf(answer, { run: run.id })
  parts.engine.wake(run.id)
}

export interface RetryCommand {
  readonly run: string
  readonly why: string
}

/** Lets a stuck run be tried again. Throws `Refusal` NO_SUCH_RUN, NOT_ALLOWED, NOT_STUCK, INVALID_VALUE. */
export async function retryRun(parts: CommandParts, actor: Actor, command: RetryCommand): Promise<void> {
  const run = await knownRun(parts, actor, command.run)
  demand(actor, 'retry', run.requester)
  const why = reasonOf(command.why)
  const answer = await parts.database.transaction({ role: 'member', tenant: actor.tenant }, (session) =>
    askForRetry(session, actor, run.id, why),
  )
  if (answer !== 'RETRIED') throw refusalOf(answer, { run: run.id })
  parts.engine.wake(run.id)
}
