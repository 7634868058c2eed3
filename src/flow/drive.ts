import { Branch, type Shared } from './branch.ts'
import { Cancelled, Ended, isEnding, type StepFailed, Stuck } from './endings.ts'
import type { Ending, Host } from './host.ts'
import type { Manifest } from './manifest.ts'

export type FlowFunction = (flow: never, input: never) => Promise<unknown>

/** How a run ends. `undo` says whether what was started was taken back: all of it, not all of it, or not asked for. */
export type Result =
  | { readonly outcome: 'completed'; readonly value: unknown }
  | {
      readonly outcome: 'ended'
      readonly ending: string
      readonly why: string
      readonly undo: 'compensated' | 'incomplete' | 'skipped' | 'nothing'
    }

export interface Driven {
  /** Rejects with `Stuck` when the run needs a person. Never settles while the run waits. */
  readonly result: Promise<Result>
  /** Ends the run as soon as nothing is in flight. After the pivot only without undo. */
  readonly cancel: (request: { readonly why: string; readonly undo: boolean }) => void
}

const ENDING_KEY = 'ending'
/** The code of an undo that failed and is not recorded, because a person will settle it. */
export const UNDO_PARKED = 'UNDO_PARKED'

/**
 * Drives a flow function over a host; the same code runs in this process and in Temporal's sandbox. Once an ending is on
 * record the flow is not called again: only what is left to undo is undone.
 */
export function drive(flow: FlowFunction, manifest: Manifest, host: Host, input: unknown): Driven {
  const shared: Shared = { host, manifest, pivoted: false }
  const root = new Branch(shared, '', host.run.startedAt)
  let cancellation: { readonly why: string; readonly undo: boolean } | undefined
  return {
    cancel(request) {
      cancellation ??= request
      root.cancel(new Cancelled(request.why))
    },
    result: start(),
  }

  async function start(): Promise<Result> {
    const recorded = host.recall(ENDING_KEY)
    if (recorded?.kind === 'value') return unwind(host, recorded.value as Ending) // written by `conclude` below
    let value: unknown
    try {
      // Whoever asks for the end at once is heard first: a run whose code does not fit its record can still be ended.
      await Promise.resolve()
      // The names come from the manifest and the types from the same definition; `workflow()` checked that they agree.
      value = await (flow as (flow: object, input: unknown) => Promise<unknown>)(root.api, input)
      root.finish()
    } catch (error) {
      if (cancellation !== undefined) return conclude({ ending: 'cancelled', ...cancellation })
      if (error instanceof Stuck) throw error
      if (!isEnding(error)) throw new Stuck('FLOW_THREW', `the flow threw ${describe(error)}`, { cause: error })
      return conclude(endingOf(error))
    }
    // A flow that swallowed every refusal has not completed: it was asked to end before.
    return cancellation === undefined
      ? { outcome: 'completed', value }
      : conclude({ ending: 'cancelled', ...cancellation })
  }

  async function conclude(ending: Ending): Promise<Result> {
    if ((shared.pivoted || host.pivoted('')) && ending.undo) {
      throw new Stuck(
        'AFTER_PIVOT',
        `the run would end as "${ending.ending}" after its pivot, where nothing is undone by itself: ${ending.why}`,
      )
    }
    await host.perform({ kind: 'ending', key: ENDING_KEY, name: ending.ending, input: ending })
    return unwind(host, ending)
  }
}

const endingOf = (error: Ended | StepFailed): Ending => ({
  ending: error instanceof Ended ? error.ending : 'failed',
  why: error.message,
  undo: true,
})

/** Takes back every started effect, latest first. One that cannot be is parked for a person; the others go on. */
async function unwind(host: Host, { ending, why, undo }: Ending): Promise<Result> {
  const started = host.undoable('')
  if (started.length === 0) return { outcome: 'ended', ending, why, undo: 'nothing' }
  if (!undo) return { outcome: 'ended', ending, why, undo: 'skipped' }
  const parked: string[] = []
  let complete = true
  for (const { key, name } of started) {
    const outcome = await host.perform({ kind: 'undo', key: `undo ${key}`, name, of: key, parks: true })
    if (outcome.kind === 'failed' && outcome.value.code === UNDO_PARKED) parked.push(key)
    else if (outcome.kind !== 'value') complete = false
  }
  if (parked.length > 0)
    throw new Stuck(
      'UNDO_PARKED',
      `${parked.join(', ')} could not be undone and wait for a person; everything else was undone`,
    )
  return { outcome: 'ended', ending, why, undo: complete ? 'compensated' : 'incomplete' }
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
