import type { RunId } from '../ledger/ids.ts'
import type { Definition, Definitions } from './definitions.ts'
import type { SessionEnd } from './run/run-session.ts'

/** A run that somebody wants started. */
export interface StartRun {
  readonly tenant: string
  readonly workflow: string
  /** Default: the newest version. */
  readonly version?: number
  readonly requester: string
  /** As the workflow's schema gives it back, personal values sealed. */
  readonly input: unknown
  /** The class decides: a short workflow runs `inline`. Default `local`. */
  readonly engine?: 'inline' | 'local' | 'temporal'
  /** A second start with the same key answers the first run. Digest: of what the caller sent. */
  readonly idempotency?: { readonly key: string; readonly digest: string }
}

export interface StartedRun {
  readonly id: RunId
  /** Settles when the run is durable: the id to answer with, which is another run's when the key was used before. */
  readonly created: Promise<{ readonly id: string; readonly known: boolean; readonly digest: string | undefined }>
  /** How this process saw it end or stop; a run that waits goes on later, maybe elsewhere. */
  readonly end: Promise<SessionEnd>
}

/** A run of which nothing is known yet. */
export const blankRun = {
  epoch: 1,
  seq: 0,
  batch: 0,
  pivoted: false,
  records: [],
  effects: [],
  waits: [],
  mailbox: { count: 0, letters: [] },
  quarantined: false,
} as const

/** Throws a `RangeError` when no definition is loaded. */
export function definitionToStart(definitions: Definitions, { workflow, version }: StartRun): Definition {
  const definition = version === undefined ? definitions.newest(workflow) : definitions.find(workflow, version)
  if (definition === undefined) throw new RangeError(`no definition of ${workflow} is loaded`)
  return definition
}
