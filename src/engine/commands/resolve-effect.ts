import { canonical } from '../../flow/canonical.ts'
import { readEffectStep } from '../../ledger/reading/run-facts.ts'
import { settleEffect } from '../../ledger/requests/requests.ts'
import type { Resolution } from '../outside-effect.ts'
import type { Actor } from './actor.ts'
import { accepted } from './checked-value.ts'
import type { CommandParts } from './command-parts.ts'
import { definitionOf, type KnownRun, knownRun } from './known-run.ts'
import { demand } from './permissions.ts'
import { reasonOf } from './reason.ts'
import { Refusal, refusalOf } from './refusal.ts'

export interface ResolveCommand {
  readonly run: string
  /** The effect's key. */
  readonly key: string
  /**
   * `happened`: with what the step would have answered (nothing for an undo). `never`: it did not happen, so one further
   * generation of the key may be sent. `abandon`: nobody will know; the step fails.
   */
  readonly resolution:
    | { readonly outcome: 'happened'; readonly output?: unknown }
    | { readonly outcome: 'never' }
    | { readonly outcome: 'abandon' }
  readonly why: string
}

/**
 * A person settles an effect in doubt, or an undo that was parked. Throws `Refusal` NO_SUCH_RUN, NO_SUCH_EFFECT, NOT_ALLOWED,
 * NOT_IN_DOUBT, RUN_ENDED, ALREADY_RESOLVED, INVALID_VALUE (the output is not one of the step, or there is no reason).
 */
export async function resolveEffect(parts: CommandParts, actor: Actor, command: ResolveCommand): Promise<void> {
  const { tenant } = actor
  const { key } = command
  const run = await knownRun(parts, actor, command.run)
  demand(actor, 'resolve', run.requester)
  const why = reasonOf(command.why)
  const resolution = canonical(await checkedResolution(parts, actor, run, command))
  const answer = await parts.database.transaction({ role: 'member', tenant }, (session) =>
    settleEffect(session, actor, { run: run.id, key, resolution, why }),
  )
  if (answer !== 'RESOLVED') throw refusalOf(answer, { run: run.id, effect: key })
  parts.engine.wake(run.id)
}

async function checkedResolution(
  parts: CommandParts,
  { tenant, person: by }: Actor,
  run: KnownRun,
  { key, resolution }: ResolveCommand,
): Promise<Resolution> {
  const made = await parts.database.transaction({ role: 'member', tenant }, (session) =>
    readEffectStep(session, tenant, run.id, key),
  )
  if (made === undefined) throw new Refusal('NO_SUCH_EFFECT', { run: run.id, effect: key })
  if (resolution.outcome !== 'happened') return { outcome: resolution.outcome, by }
  if (made.isUndo) return { outcome: 'happened', output: null, by }
  const step = definitionOf(parts, run).workflow.steps[made.step]
  if (step === undefined) throw new Refusal('NO_SUCH_EFFECT', { run: run.id, effect: key })
  const of = { tenant, owner: run.id, what: { en: 'The output', ar: 'النتيجة' } }
  const { value: output } = await accepted(parts, of, step.output, resolution.output)
  return { outcome: 'happened', output, by }
}
