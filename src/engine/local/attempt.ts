import type { FullContext, Step } from '../../flow/step.ts'
import { approximateMs, type Instant } from '../../flow/time.ts'
import { canonical } from '../../flow/canonical.ts'
import type { LedgerClock } from '../../ledger/clock.ts'
import { isOutside } from '../../flow/effect.ts'
import type { Answer } from '../outside-effect.ts'
import { checkSize } from '../limits.ts'
import type { OpenServices } from '../services.ts'
import type { EffectScope, OpenSystems, Sighting } from '../systems.ts'
import { answerOf, AttemptTimedOut } from './answer-of.ts'

/** What every attempt of every step of an engine is made with. */
export interface AttemptParts {
  readonly clock: LedgerClock
  readonly openSystems: OpenSystems
  readonly openServices: OpenServices
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
  const timer = new AbortController()
  const abort = AbortSignal.any([timer.signal, parts.stopping])
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => {
      const error = new AttemptTimedOut(`${of.name} took longer than ${timeoutMs(of.step)} ms`)
      timer.abort(error)
      // A connector that minds the signal says itself what became of its call; one that does not is left behind.
      setImmediate(reject, error)
    }, timeoutMs(of.step))
  })
  try {
    const value = await Promise.race([work(contextOf(parts, of, abort, state, kept, flush)), late])
    // What happened outside must not be taken for a failure because of what it answered.
    if (!isOutside(of.step.effect)) checkSize(`the result of ${of.key}`, canonical(value))
    return { answer: { kind: 'done', value }, kept }
  } catch (error) {
    return { answer: answerOf(error, state.begun), kept: [] }
  } finally {
    clearTimeout(timeout)
  }
}

function contextOf(
  parts: AttemptParts,
  of: AttemptOf,
  abort: AbortSignal,
  state: { begun: boolean },
  kept: KeptRecord[],
  flush: () => Promise<void>,
): FullContext {
  const { tenant, run, step, name, mode, generation } = of
  const key = effectKey(run, of.key, generation)
  const now = parts.clock.now()
  const scope: EffectScope = {
    mode,
    tenant,
    key,
    now,
    deadline: of.deadlineAt ?? now + timeoutMs(step),
    abort,
    begin() {
      if (!isOutside(step.effect))
        throw new TypeError(`${name} declares no outside effect and may not change another system`)
      state.begun = true
    },
    sightings: () => parts.sightings(tenant, key),
  }
  const record = step.effect.kind === 'record' ? step.effect.record : undefined
  return {
    ...parts.openSystems(scope),
    ...parts.openServices({ tenant, run, key: of.key, step: name }),
    key,
    tenant,
    run,
    now,
    abort,
    kept: {
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
    },
  }
}
