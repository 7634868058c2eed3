import type { LocalEngine } from '../engine/local/local-engine.ts'
import type { TemporalEngine } from '../engine/temporal/temporal-engine.ts'

/** What commands need of engines. */
export type Engines = Pick<LocalEngine, 'start' | 'wake'>

/**
 * Both engines on one ledger: a run starts where it is placed. Whoever wakes a run does not know where it is by now, for it may
 * have moved; both are told, and the one that does not have it finds nothing to do.
 */
export const joinEngines = (local: Engines, temporal: Pick<TemporalEngine, 'start' | 'wake'> | undefined): Engines => ({
  start(wanted) {
    if (wanted.engine !== 'temporal') return local.start(wanted)
    if (temporal === undefined) throw new RangeError(`no cluster is configured for ${wanted.workflow}`)
    return temporal.start(wanted)
  },
  wake(run) {
    local.wake(run)
    temporal?.wake(run)
  },
})
