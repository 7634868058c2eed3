/**
 * Lets the calls of one limit begin, first come first served, each at a turn that the ledger gave out. All processes on one ledger take
 * their turns from the same row.
 *
 * What is guaranteed: within any span of `perMs`, by the ledger's clock, at most `calls` calls begin, whichever processes make them and
 * whichever of them die. Turns that follow each other by `calls` are `perMs` and a slack apart; a call begins at its turn or within the
 * slack after it, and a turn that could not be used in time is lost. The slack is there for the vendor as well: his limit holds
 * as long as the ways of two calls to him do not differ by more than it.
 */
import { EffectHeldBack } from '../../flow/failure.ts'
import type { Turns, Wanted } from '../../ledger/rate-limits.ts'
import type { Rate } from './call-limits.ts'
import { LedgerMoment } from './ledger-moment.ts'

/** How far ahead of time turns are taken: what a process that is killed may lose, and how long a vendor's wish may be overheard. */
const HORIZON_MS = 500
/** The larger the limit, the more calls share a turn, so that its row stays small. */
const TURNS_MAX = 400
const SLACK_PART = 0.05
const SLACK_MS_MIN = 50
/** The ledger could not be asked. */
const AGAIN_MS = 1_000

/** How a limit is cut into turns. */
export interface Cut {
  readonly size: number
  readonly windowMs: number
  /** How many calls may begin at one turn. */
  readonly callsATurn: number
  readonly slackMs: number
}

function cutOf({ calls, perMs }: Rate): Cut {
  const callsATurn = Math.ceil(calls / TURNS_MAX)
  const slackMs = Math.max(SLACK_MS_MIN, Math.ceil(perMs * SLACK_PART))
  return { size: Math.max(1, Math.floor(calls / callsATurn)), windowMs: perMs + slackMs, callsATurn, slackMs }
}

/** What time it is here, and how to be called later. */
export interface Timing {
  now(): number
  after(ms: number, ring: () => void): () => void
}

const realTiming: Timing = {
  now: () => performance.now(),
  after: (ms, ring) => {
    const timer = setTimeout(ring, ms)
    return () => clearTimeout(timer)
  },
}

interface Waiting {
  /** By the clock of this process. */
  readonly until: number
  readonly since: number
  readonly begin: (waitedMs: number) => void
  readonly holdBack: (error: EffectHeldBack) => void
}

/** Calls that may begin here, from and until when by the clock of this process. */
interface Turn {
  readonly from: number
  readonly until: number
  left: number
}

const isOpen = ({ until, left }: Turn, now: number): boolean => left > 0 && until >= now

export interface TurnTakerParts {
  readonly name: string
  readonly rate: Rate
  readonly take: (cut: Cut, wanted: Wanted) => Promise<Turns>
  /** Whether there is a place for one more call. Whoever gives one free says so by `look`. Default: always. */
  readonly mayBegin?: () => boolean
  readonly timing?: Timing
}

export class TurnTaker {
  readonly #name: string
  readonly #rate: Rate
  readonly #cut: Cut
  readonly #take: (cut: Cut, wanted: Wanted) => Promise<Turns>
  readonly #mayBegin: () => boolean
  readonly #timing: Timing
  readonly #moment = new LedgerMoment()
  #waiting: Waiting[] = []
  #turns: Turn[] = []
  #isAsking = false
  /** The ledger has no turn before this. */
  #askAt = 0
  #begun: number[] = []
  /** When the next call that is held back is to come again: one after another, as the limit lets them. */
  #comeAgainAt = 0
  #disarm: () => void = () => {}

  constructor({ name, rate, take, mayBegin = () => true, timing = realTiming }: TurnTakerParts) {
    this.#name = name
    this.#rate = rate
    this.#cut = cutOf(rate)
    this.#take = take
    this.#mayBegin = mayBegin
    this.#timing = timing
  }

  /** Begins the work at a turn, and tells it how long was waited. Rejects with `EffectHeldBack` when there is none within so long. */
  turn<Answer>(patienceMs: number, work: (waitedMs: number) => Promise<Answer>): Promise<Answer> {
    const since = this.#timing.now()
    return new Promise((resolve, holdBack) => {
      // Begun here and now, so that its place is taken before the next one is let begin.
      const begin = (waitedMs: number) => resolve(work(waitedMs))
      this.#waiting.push({ since, until: since + patienceMs, begin, holdBack })
      this.look()
    })
  }

  /** Nothing more begins on turns taken before. */
  forget(): void {
    this.#turns = []
    this.#askAt = 0
    this.look()
  }

  look(): void {
    this.#beginDue()
    const now = this.#timing.now()
    this.#turns = this.#turns.filter((turn) => isOpen(turn, now))
    this.#holdBackLate(now)
    const covered = this.#turns.reduce((calls, { left }) => calls + left, 0)
    if (this.#waiting.length > covered && !this.#isAsking && now >= this.#askAt)
      void this.#ask(this.#waiting.length - covered)
    this.#arm(now)
  }

  #beginDue(): void {
    for (const turn of this.#turns) {
      while (this.#waiting.length > 0 && this.#mayBegin()) {
        // Asked again for each: the call that was just begun may have kept this process busy for longer than a slack.
        const now = this.#timing.now()
        if (turn.from > now || !isOpen(turn, now)) break
        const [first] = this.#waiting.splice(0, 1)
        turn.left -= 1
        this.#begun.push(now)
        first?.begin(now - first.since)
      }
    }
    const since = this.#timing.now() - HORIZON_MS
    this.#begun = this.#begun.filter((at) => at > since)
  }

  #holdBackLate(now: number): void {
    const late = this.#waiting.filter(({ until }) => until <= now)
    this.#waiting = this.#waiting.filter(({ until }) => until > now)
    for (const { holdBack } of late) holdBack(this.#heldBack(now))
  }

  async #ask(calls: number): Promise<void> {
    this.#isAsking = true
    const { callsATurn } = this.#cut
    const askedAt = this.#timing.now()
    // Who had calls a moment ago will have some in a moment: half a horizon's worth is taken beforehand.
    const ahead = Math.floor(this.#begun.length / 2 / callsATurn)
    try {
      const taken = await this.#take(this.#cut, { wanted: Math.ceil(calls / callsATurn), ahead, horizonMs: HORIZON_MS })
      this.#receive(taken, askedAt)
    } catch {
      const now = this.#timing.now()
      this.#askAt = now + AGAIN_MS
    } finally {
      this.#isAsking = false
      this.look()
    }
  }

  #receive({ turns, next, now, held }: Turns, askedAt: number): void {
    const answeredAt = this.#timing.now()
    const { callsATurn: left, slackMs } = this.#cut
    if (held) {
      // Time stands still: what is due now is due, and nobody can wait here for the rest.
      this.#turns.push(...turns.filter((turn) => turn <= now).map(() => ({ from: answeredAt, until: Infinity, left })))
      this.#beginDue()
      for (const { holdBack } of this.#waiting) holdBack(this.#error(next - now))
      this.#waiting = []
      return
    }
    this.#moment.hear(now, askedAt, answeredAt)
    this.#turns.push(
      ...turns.map((turn) => ({
        from: this.#moment.reached(turn),
        until: this.#moment.notPast(turn + slackMs),
        left,
      })),
    )
    const nextAt = this.#moment.reached(next)
    this.#askAt = Math.max(answeredAt, nextAt - HORIZON_MS / 2)
    this.#comeAgainAt = Math.max(this.#comeAgainAt, nextAt)
    this.#holdBackHopeless(nextAt)
  }

  /** Those for whom the ledger had no turn, and who would wait in vain. */
  #holdBackHopeless(nextAt: number): void {
    const now = this.#timing.now()
    const covered = this.#turns.reduce((calls, { left }) => calls + left, 0)
    const distanceMs = this.#rate.perMs / this.#rate.calls
    const isHopeless = ({ until }: Waiting, place: number): boolean =>
      place >= covered && nextAt + (place - covered) * distanceMs > until
    const hopeless = this.#waiting.filter(isHopeless)
    this.#waiting = this.#waiting.filter((waiting, place) => !isHopeless(waiting, place))
    for (const { holdBack } of hopeless) holdBack(this.#heldBack(now))
  }

  #heldBack(now: number): EffectHeldBack {
    this.#comeAgainAt = Math.max(this.#comeAgainAt, now) + this.#rate.perMs / this.#rate.calls
    return this.#error(this.#comeAgainAt - now)
  }

  #error(retryAfterMs: number): EffectHeldBack {
    const { calls, perMs } = this.#rate
    const [code, why] = this.#mayBegin()
      ? ['RATE_LIMITED', `may be called ${calls} times in ${perMs} ms, and others are before`]
      : ['TOO_MANY_IN_FLIGHT', 'has as many calls under way as it may']
    const what = `${this.#name} ${why}. Nothing was sent; it comes back in its turn.`
    return new EffectHeldBack(code, what, Math.max(1, Math.ceil(retryAfterMs)))
  }

  #arm(now: number): void {
    this.#disarm()
    this.#disarm = () => {}
    if (this.#waiting.length === 0) return
    const times = [this.#waiting.reduce((soonest, { until }) => Math.min(soonest, until), Infinity)]
    const [first] = this.#turns
    // One that is due and has no place waits for that, or to be lost.
    if (first !== undefined) times.push(first.from > now ? first.from : first.until)
    if (!this.#isAsking && this.#askAt > now) times.push(this.#askAt)
    this.#disarm = this.#timing.after(Math.max(1, Math.ceil(Math.min(...times) - now)), () => this.look())
  }
}
