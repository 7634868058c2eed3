import type { FullContext, Step } from '../../flow/step.ts'
import { approximateMs, type Instant } from '../../flow/time.ts'
import { canonical } from '../../flow/canonical.ts'
import type { LedgerClock } from '../../ledger/clock.ts'
import { isOutside, type Systems } from '../../flow/effect.ts'
import type { Answer } from '../outside-effect.ts'
import { checkSize } from '../limits.ts'
import type { Kept, OpenServices } from '../services.ts'
import type { EffectScope, HoldsBack, OpenSystems, Sighting } from '../systems.ts'
import { answerOf } from './answer-of.ts'
import { AttemptTime } from './attempt-time.ts'
import type { Timeouts } from './timeouts.ts'

/** What every attempt of every step of an engine is made with. */
export interface AttemptParts {
  readonly clock: LedgerClock
  readonly openSystems: OpenSystems
  readonly holdsBack?: HoldsBack | undefined
  readonly openServices: OpenServices
  readonly timeouts: Timeouts
  /** Aborts what is in flight when the process stops. */
  readonly stopping: AbortSignal
  sightings(tenant: string, key: string): Promise<readonly Sighting[]>
  readKept(tenant: string, record: string, id: string): Promise<unknown>
}

export interface AttemptOf {
  readonly tenant: string
  readonly run: string
  readonly key: string
  readonly name: string
  readonly step: Step
  readonly mode: 'make' | 'probe'
  readonly generation: number
  readonly deadlineAt: Instant | undefined
}

export interface KeptRecord {
  readonly record: string
  readonly id: string
  readonly body: string
}
export interface Attempt {
  readonly answer: Answer
  /** The canonical text of what a step without outside effect came to. */
  readonly text?: string
  /** What the step wants kept; written with its result. */
  readonly kept: readonly KeptRecord[]
}

/** The key that travels to the outside world. A person's "it did not happen" makes a further generation of it. */
export const effectKey = (run: string, key: string, generation: number): string =>
  `${run}/${key}${generation === 1 ? '' : `~${generation}`}`

export const timeoutMs = ({ timeout }: Step): number => approximateMs(timeout)

/** One attempt of a step or of its undo, or one question about it, sorted by what happens next. Never throws. */
export async function attempt(
  parts: AttemptParts,
  of: AttemptOf,
  work: (ctx: FullContext) => Promise<unknown>,
  flush: () => Promise<void>,
): Promise<Attempt> {
  const kept: KeptRecord[] = []
  const state = { begun: false }
  const time = new AttemptTime({
    timeouts: parts.timeouts,
    stopping: parts.stopping,
    name: of.name,
    ms: timeoutMs(of.step),
  })
  try {
    const value = await time.limit(work(contextOf(parts, of, time, state, kept, flush)))
    // What happened outside must not be taken for a failure because of what it answered.
    if (isOutside(of.step.effect)) return { answer: { kind: 'done', value }, kept }
    const text = canonical(value)
    checkSize(`the result of ${of.key}`, text)
    return { answer: { kind: 'done', value }, text, kept }
  } catch (error) {
    return { answer: answerOf(error, state.begun), kept: [] }
  }
}

function contextOf(
  parts: AttemptParts,
  of: AttemptOf,
  time: AttemptTime,
  state: { begun: boolean },
  kept: KeptRecord[],
  flush: () => Promise<void>,
): FullContext {
  const { tenant, run, step, name } = of
  const base = new AttemptContext(of, time, parts.clock.now(), keeper(parts, of, kept, flush))
  const services = parts.openServices({ tenant, run, key: of.key, step: name })
  // The compiler lets a step name only the systems of its effect; one without any opens none.
  const systems =
    step.effect.systems.length === 0 ? ({} as Systems) : parts.openSystems(scopeOf(parts, of, base, state))
  return Object.assign(base, services, systems)
}

/** What every step has. Its abort signal is made when it is asked for. */
class AttemptContext {
  readonly key: string
  readonly tenant: string
  readonly run: string
  readonly now: Instant
  readonly kept: Kept
  readonly #time: AttemptTime

  constructor(of: AttemptOf, time: AttemptTime, now: Instant, kept: Kept) {
    this.key = effectKey(of.run, of.key, of.generation)
    this.tenant = of.tenant
    this.run = of.run
    this.now = now
    this.kept = kept
    this.#time = time
  }

  get abort(): AbortSignal {
    return this.#time.signal
  }
}

function scopeOf(parts: AttemptParts, of: AttemptOf, base: AttemptContext, state: { begun: boolean }): EffectScope {
  const { mode, step, name, deadlineAt } = of
  const { tenant, key, now } = base
  return {
    mode,
    tenant,
    key,
    now,
    deadline: deadlineAt ?? now + timeoutMs(step),
    abort: base.abort,
    begin() {
      if (!isOutside(step.effect))
        throw new TypeError(`${name} declares no outside effect and may not change another system`)
      state.begun = true
    },
    sightings: () => parts.sightings(tenant, key),
  }
}

function keeper(parts: AttemptParts, of: AttemptOf, kept: KeptRecord[], flush: () => Promise<void>): Kept {
  const { tenant, name, step } = of
  const record = step.effect.kind === 'record' ? step.effect.record : undefined
  return {
    put(id, body) {
      if (record === undefined) throw new TypeError(`${name} declares no record and may not keep one`)
      const text = canonical(body)
      checkSize(`the record ${id}`, text)
      kept.push({ record, id, body: text })
    },
    async get(id) {
      if (record === undefined) throw new TypeError(`${name} declares no record and may not read one`)
      await flush()
      return parts.readKept(tenant, record, id)
    },
  }
}
