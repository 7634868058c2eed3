import { type Exchange, exchange, type HttpRequest } from './http-exchange.ts'

/** What signing in gives. */
export interface SignedIn {
  readonly token: string
  /** Where requests of this session go. */
  readonly base: string
  /** From then on it is used no more, by the clock of this process; infinite where the vendor does not tell. */
  readonly until: number
}

/** A token is not used in its last minute, so that it does not run out on the way. */
const SPARE_MS = 60_000

/** When a token that was asked for then, and lives for so many seconds, is to be used no more. */
export const usedUntil = (askedAt: number, seconds: number): number => askedAt + seconds * 1_000 - SPARE_MS

type Answered = Exchange & { readonly kind: 'answered' }

export interface KeptSessionParts {
  /** Throws `EffectNotMade`: without a session nothing can have been changed. */
  readonly signIn: (signal: AbortSignal) => Promise<SignedIn>
  /** Answers besides HTTP 401 that say that the session is good no longer. */
  readonly isOver?: (answer: Answered) => boolean
}

/** A session to make requests in. */
export interface OpenSession {
  readonly exchange: (request: Omit<HttpRequest, 'base'>) => Promise<Exchange>
}

/** A signing in under way or done, and whose time it is made in. */
interface Kept {
  readonly signedIn: Promise<SignedIn>
  readonly signal: AbortSignal
}

/**
 * Our session with one account of a vendor that gives out tokens: one at a time, for all calls, renewed when it runs out or was refused.
 *
 * 1. Of several calls that find none, the first signs in for all. Where that fails they all fail of it, so that wrong credentials are not
 *    tried once for each; only when the first one's own time was over does the next try for itself.
 * 2. A refusal throws away the session that was refused. One that others have opened meanwhile stays.
 */
export class KeptSession {
  readonly #parts: KeptSessionParts
  #kept: Kept | undefined
  constructor(parts: KeptSessionParts) {
    this.#parts = parts
  }

  /** Throws `EffectNotMade`: to be called before the change begins. */
  async open(signal: AbortSignal): Promise<OpenSession> {
    for (;;) {
      const kept = this.#kept
      if (kept === undefined) {
        const own = this.#begin(signal)
        return this.#opened(own, await own.signedIn)
      }
      const known = await kept.signedIn.catch((error: unknown) => {
        if (!kept.signal.aborted) throw error
      })
      if (known !== undefined && known.until > Date.now()) return this.#opened(kept, known)
      this.#forget(kept)
    }
  }

  /** One request, in a session that is opened where there is none. */
  async exchange(request: Omit<HttpRequest, 'base'>): Promise<Exchange> {
    return (await this.open(request.signal)).exchange(request)
  }

  #begin(signal: AbortSignal): Kept {
    const kept = { signedIn: this.#parts.signIn(signal), signal }
    this.#kept = kept
    kept.signedIn.catch(() => this.#forget(kept))
    return kept
  }

  #opened(kept: Kept, { base, token }: SignedIn): OpenSession {
    return {
      exchange: async (request) => {
        const headers = { authorization: `Bearer ${token}`, ...request.headers }
        const result = await exchange({ ...request, base, headers })
        if (result.kind === 'answered' && (result.status === 401 || this.#parts.isOver?.(result) === true))
          this.#forget(kept)
        return result
      },
    }
  }

  #forget(kept: Kept): void {
    if (this.#kept === kept) this.#kept = undefined
  }
}
