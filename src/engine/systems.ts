import type { Systems } from '../flow/effect.ts'
import type { Instant } from '../flow/time.ts'
import type { RoleOfRun } from '../ledger/run-accounts.ts'

/**
 * One use of the connectors by one attempt of one step (or of its undo). In mode `make` a changing operation is made;
 * in mode `probe` the same operation, called with the same request, tells whether it was made: it returns the output of
 * the first time, or throws `NeverHappened`, `SafeToRepeat` or `EffectUnknown`. So a step is written once, and asking
 * after a crash whether it happened is calling it again in the other mode.
 */
export interface EffectScope {
  readonly mode: 'make' | 'probe'
  readonly tenant: string
  /** Travels to the vendor as idempotency key, external id or message id. */
  readonly key: string
  readonly now: Instant
  /** The ledger's time after which this attempt may no longer be sent. */
  readonly deadline: Instant
  readonly abort: AbortSignal
  /** Called right before the first byte of a changing operation may leave. An error before it means: not made. */
  begin(): void
  /** What the vendor has told us about this key by webhook since. */
  sightings(): Promise<readonly Sighting[]>
}

/** A vendor's own word, by webhook, that the effect with our key happened. Can only confirm, never deny. */
export interface Sighting {
  readonly connector: string
  readonly account: string
  /** The vendor's id of what it made. */
  readonly reference: string
  readonly what: string
  readonly at: Instant
}

/** Why a connector lets nothing begin now, and when it is worth asking again. */
export interface HeldBack {
  readonly code: string
  readonly message: string
  readonly retryAfterMs: number
}

/** Asked before an effect that was held back is tried once more: as long as it is paused, its waiting writes nothing. */
export type HoldsBack = (of: RoleOfRun) => Promise<HeldBack | undefined>

/** Opens the configured connectors for one attempt. The engine knows them by this function only. */
export type OpenSystems = (scope: EffectScope) => Systems
