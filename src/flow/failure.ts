/**
 * How an effect can fail, sorted by what happens next. A connector throws one of these three, or `EffectHeldBack`; the last two are the
 * answers of a probe that did not find the effect. Anything else that a step throws after its call has begun counts as
 * `EffectUnknown`: nobody knows what the other side did.
 */
export type EffectFailure = EffectRefused | EffectNotMade | EffectUnknown

/** A definite no: the effect did not happen and repeating will not help. The step fails. */
export class EffectRefused extends Error {
  override readonly name = 'EffectRefused'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The effect certainly did not happen, and may be tried again (a limit, a refused connection). */
export class EffectNotMade extends Error {
  override readonly name = 'EffectNotMade'
  readonly code: string
  /** What the other side asked for; undefined leaves the wait to the step's own backoff. */
  readonly retryAfterMs: number | undefined
  constructor(code: string, message: string, more: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, more)
    this.code = code
    this.retryAfterMs = more.retryAfterMs
  }
}

/**
 * Nothing was tried, because the connector did not let it begin: paused, at its rate limit, or with a vendor that is down. It does not
 * count as an attempt and fails nothing; the effect waits and comes back, for as long as it takes.
 */
export class EffectHeldBack extends Error {
  override readonly name = 'EffectHeldBack'
  readonly code: string
  /** When it is worth coming back. */
  readonly retryAfterMs: number
  constructor(code: string, message: string, retryAfterMs: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** The call left and no answer that counts came back: the effect may have happened. Only a probe or a person can tell. */
export class EffectUnknown extends Error {
  override readonly name = 'EffectUnknown'
  readonly code: string
  /** For how long the other side asked to be left alone. */
  readonly retryAfterMs: number | undefined
  constructor(code: string, message: string, more: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, more)
    this.code = code
    this.retryAfterMs = more.retryAfterMs
  }
}

/** Probe: the other side knows of no such effect. Counts only once the call's deadline and this settling time are over. */
export class NeverHappened extends Error {
  override readonly name = 'NeverHappened'
  readonly settlingMs: number
  constructor(settlingMs: number) {
    super('the other side knows of no such effect')
    this.settlingMs = settlingMs
  }
}

/** Probe: the other side refuses duplicates of the key by itself, so the same request may simply be sent again. */
export class SafeToRepeat extends Error {
  override readonly name = 'SafeToRepeat'
}
