import { deliverSignal } from '../../ledger/requests/requests.ts'
import type { Actor } from './actor.ts'
import { accepted, storable } from './checked-value.ts'
import type { CommandParts } from './command-parts.ts'
import { definitionOf, type KnownRun, knownRun } from './known-run.ts'
import { demand } from './permissions.ts'
import { Refusal } from './refusal.ts'

export interface SignalCommand {
  readonly run: string
  readonly signal: string
  /** Personal values in clear. */
  readonly payload: unknown
  /** One id is delivered once: whoever sends again after a lost answer sends the same. */
  readonly id: string
}

/** `late`: the run has ended; a task was opened for an operator. */
export type SignalAnswer = 'accepted' | 'duplicate' | 'late'

/**
 * Puts a signal into a run's mailbox. When this settles it is durable. Throws `Refusal` NO_SUCH_RUN, NOT_ALLOWED,
 * UNKNOWN_SIGNAL, INVALID_VALUE, VALUE_TOO_LARGE, TEXT_NOT_STORABLE.
 */
export async function sendSignal(parts: CommandParts, actor: Actor, command: SignalCommand): Promise<SignalAnswer> {
  const run = await knownRun(parts, actor, command.run)
  demand(actor, 'signal', run.requester)
  storable(command.id, { en: "The signal's id", ar: 'معرّف الإشارة' })
  return deliver(parts, actor, run, { ...command, id: `sent/${command.id}` })
}

export type DeliveryParts = Pick<CommandParts, 'database' | 'definitions' | 'seal'> & {
  readonly engine: Pick<CommandParts['engine'], 'wake'>
}

/** For whoever has established already that the sender may: checks the payload, seals it, delivers it, wakes the run. */
export async function deliver(
  parts: DeliveryParts,
  by: Pick<Actor, 'tenant' | 'source'> & { readonly person: string },
  run: KnownRun,
  { signal, payload, id }: Pick<SignalCommand, 'signal' | 'payload' | 'id'>,
): Promise<SignalAnswer> {
  const { tenant } = by
  const text = await checkedPayload(parts, tenant, run, signal, payload)
  const answer = await parts.database.transaction({ role: 'member', tenant }, (session) =>
    deliverSignal(session, by, { run: run.id, id, kind: 'signal', name: signal, payload: text }),
  )
  if (answer === 'unknown') throw new Refusal('NO_SUCH_RUN', { run: run.id })
  parts.engine.wake(run.id)
  return answer
}

/** The canonical text of a payload that fits the contract, personal values sealed. */
export async function checkedPayload(
  parts: Pick<CommandParts, 'definitions' | 'seal'>,
  tenant: string,
  run: Pick<KnownRun, 'id' | 'workflow' | 'version'>,
  signal: string,
  payload: unknown,
): Promise<string> {
  const { signals } = definitionOf(parts, run).workflow.contract
  const expected = Object.hasOwn(signals, signal) ? signals[signal] : undefined
  if (expected === undefined) throw new Refusal('UNKNOWN_SIGNAL', { signal })
  const of = { tenant, owner: run.id, what: { en: 'The payload', ar: 'محتوى الإشارة' } }
  return (await accepted(parts, of, expected.payload, payload)).text
}
