import type { Abandoned } from './flow.ts'

/** The run ends without completing, as the contract, a decision or a failure says; what was started is undone. */
export class Ended extends Error implements Abandoned {
  override readonly name = 'Ended'
  readonly ending: string
  constructor(ending: string, message: string) {
    super(message)
    this.ending = ending
  }
}

/** A step failed for good. A flow may catch it and go another way. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
  readonly step: string
  readonly code: string
  constructor(step: string, code: string, message: string) {
    super(message)
    this.step = step
    this.code = code
  }
}

/** The branch was given up: another won, another failed, or the run is being cancelled. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

export type StuckCode =
  /** The flow breaks a rule of the language. */
  | 'LANGUAGE_RULE'
  /** The code asks for something else than the ledger has recorded at that place. */
  | 'REPLAY_DIFFERS'
  /** An outside effect has no matching decision. */
  | 'NOT_AUTHORISED'
  /** The run failed, was rejected or expired after its pivot. */
  | 'AFTER_PIVOT'
  /** A step keeps failing after the pivot. */
  | 'STEP_FAILED'
  /** An undo failed and waits for a person. */
  | 'UNDO_PARKED'
  /** The flow threw something that is neither an ending nor a failed step. */
  | 'FLOW_THREW'
  /** The run holds more than a run may. */
  | 'TOO_LARGE'
  /** The ledger cannot keep what the run wants to write. */
  | 'NOT_STORABLE'

/** The run cannot go on by itself and no retry helps. It waits for a person; nothing was lost. */
export class Stuck extends Error {
  override readonly name = 'Stuck'
  readonly code: StuckCode
  constructor(code: StuckCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const isEnding = (error: unknown): error is Ended | StepFailed =>
  error instanceof Ended || error instanceof StepFailed
