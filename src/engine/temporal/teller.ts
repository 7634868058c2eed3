/**
 * Tells Temporal that something came for a run: a new one is started there, any other is nudged. What is to be told stands in the
 * ledger, so nothing is lost while the cluster is down, and telling twice does no harm.
 */
import { WorkflowNotFoundError } from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import type { Database } from '../../ledger/database/database.ts'
import { forgetLeftBehind, type LeftBehind, leftBehindToTell } from '../../ledger/requests/moves.ts'
import { type ApartRun, notTold, runsToTell, runToTell, told } from '../../ledger/runs-apart.ts'
import { type Cluster, isInvalid } from './cluster.ts'
import { searchAttributes } from './sandbox/search-attributes.ts'
import type { RunOfTenant } from './tracing/tracing.ts'
import type { RunRef } from './wire.ts'

export interface TellerSettings {
  readonly database: Database
  /** `name@version` of those that this process can load. */
  readonly loadable: readonly string[]
  readonly taskQueue: string
  /** Rejects while the cluster cannot be reached. */
  readonly cluster: () => Promise<Cluster>
  /** Stands around everything that the cluster is told for a run. */
  readonly within: <T>(run: RunOfTenant, tell: () => Promise<T>) => Promise<T>
  readonly onTrouble: (error: unknown) => void
  /** How often to look for what other processes left. */
  readonly lookEveryMs: number
  /** A run that nobody wrote to for so long is told to look again. */
  readonly patienceMs: number
  /** How long after its deadline a run that waits is told: its own timer should have woken it by then. */
  readonly graceMs: number
}

export interface Teller {
  /** Looks for what is to be told, now. */
  look(): void
  /** Something came for this run. */
  wake(run: string): void
  /** Whether the last run that was to be told was told. */
  readonly isUp: boolean
  stop(): Promise<void>
}

/** One workflow for each stay of a run on Temporal; neither part names a person. */
const workflowIdOf = ({ run, epoch }: { readonly run: string; readonly epoch: number }): string => `${run}.${epoch}`

const LIMIT = 100
const RETRY_MS = 1_000
/** Nothing waits for the end of a workflow that a run has left. */
const LEFT_RETRY_MS = 10_000

export function startTeller(settings: TellerSettings): Teller {
  const { database, loadable, patienceMs, graceMs, onTrouble, within } = settings
  const due = { loadable, limit: LIMIT, patienceMs, graceMs }
  const woken = new Set<string>()
  /** What the cluster has not answered yet, and how many runs that is about. */
  const underWay = new Set<Promise<void>>()
  let beingTold = 0
  let looking: Promise<void> | undefined
  let again = false
  let looksForLeft = false
  let isUp = true
  let stopped = false

  function look(): void {
    looksForLeft = true
    seek()
  }

  function seek(): void {
    if (stopped) return
    again = true
    looking ??= rounds().finally(() => {
      looking = undefined
    })
  }

  /** Nobody waits for the cluster's answer about somebody else's run, as long as not too many wait for one. */
  async function rounds(): Promise<void> {
    while (again && !stopped) {
      again = false
      try {
        meanwhile(tellAll(await whoIsDue()))
        if (looksForLeft) await seekLeftBehind()
      } catch (error) {
        onTrouble(error)
      }
      while (beingTold >= LIMIT) await Promise.race(underWay)
    }
  }

  async function whoIsDue(): Promise<readonly ApartRun[]> {
    const runs = await runsToTell(database, due)
    if (runs.length === LIMIT) again = true
    const names = [...woken]
    woken.clear()
    const others = names.filter((name) => runs.every(({ id }) => id !== name))
    const found = await Promise.all(others.map((name) => runToTell(database, name, due)))
    return [...runs, ...found.filter((run) => run !== undefined)]
  }

  async function seekLeftBehind(): Promise<void> {
    looksForLeft = false
    const left = await leftBehindToTell(database, { limit: LIMIT, retryMs: LEFT_RETRY_MS })
    if (left.length === LIMIT) {
      looksForLeft = true
      again = true
    }
    meanwhile(tellLeftBehind(left))
  }

  function meanwhile(telling: Promise<void>): void {
    const answered = telling.catch(onTrouble).finally(() => underWay.delete(answered))
    underWay.add(answered)
  }

  async function tellAll(runs: readonly ApartRun[]): Promise<void> {
    beingTold += runs.length
    const answers = await Promise.allSettled(
      runs.map((run) => within({ tenant: run.tenant, run: run.id }, () => tell(run))),
    )
    beingTold -= runs.length
    const missed = runs.filter((_, index) => answers[index]?.status === 'rejected')
    const [problem] = answers.flatMap((one) => (one.status === 'rejected' ? [one] : []))
    const toldAtLast = runs.filter(({ isUntold }, index) => isUntold && answers[index]?.status === 'fulfilled')
    if (runs.length > 0) isUp = missed.length === 0
    if (toldAtLast.length > 0) await told(database, toldAtLast)
    if (missed.length === 0) return
    onTrouble(problem?.reason)
    await notTold(database, missed, RETRY_MS)
  }

  async function tell(run: ApartRun): Promise<void> {
    const cluster = await settings.cluster()
    if (cluster.isSearchable) {
      try {
        return await tellCluster(cluster, run, { typedSearchAttributes: searchedBy(run) })
      } catch (error) {
        if (!isInvalid(error)) throw error
        await cluster.learn()
      }
    }
    await tellCluster(cluster, run, {})
  }

  async function tellCluster(
    { client: { workflow } }: Cluster,
    run: ApartRun,
    searched: { readonly typedSearchAttributes?: TypedSearchAttributes },
  ): Promise<void> {
    const ref: RunRef = { tenant: run.tenant, run: run.id, epoch: run.epoch }
    const options = {
      taskQueue: settings.taskQueue,
      workflowId: workflowIdOf(ref),
      args: [ref],
      staticSummary: `${run.workflow}, version ${run.version}`,
      ...searched,
    }
    if (run.isNew) await workflow.start('sijilRun', { ...options, workflowIdConflictPolicy: 'USE_EXISTING' })
    else await workflow.signalWithStart('sijilRun', { ...options, signal: 'news' })
  }

  /** A workflow whose run has moved away looks once more, finds itself fenced, and ends. */
  async function tellLeftBehind(left: readonly LeftBehind[]): Promise<void> {
    const answers = await Promise.allSettled(
      left.map(async (one) => {
        const { workflow } = (await settings.cluster()).client
        await within(one, () => workflow.getHandle(workflowIdOf(one)).signal('news')).catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error // it never was, or is over
        })
        await forgetLeftBehind(database, one)
      }),
    )
    for (const one of answers) if (one.status === 'rejected') return onTrouble(one.reason)
  }

  const timer = setInterval(look, settings.lookEveryMs)
  look()
  return {
    look,
    wake(run) {
      woken.add(run)
      seek()
    },
    get isUp() {
      return isUp && !stopped
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      await looking
      await Promise.all(underWay)
    },
  }
}

const searchedBy = ({ tenant, workflow }: ApartRun): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: searchAttributes.tenant, value: tenant },
    { key: searchAttributes.workflow, value: workflow },
  ])
