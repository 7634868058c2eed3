/**
 * Runs flows on a Temporal cluster. The ledger stays the record: Temporal calls the flow, keeps its timers and finds workers; what
 * a run has done, and what it is told, stands in the ledger first.
 */
import { Context } from '@temporalio/activity'
import type { DataConverter } from '@temporalio/common'
import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { canonical } from '../../flow/canonical.ts'
import { LedgerClock } from '../../ledger/clock.ts'
import { groupCommit } from '../../ledger/group-commit.ts'
import { newRunId } from '../../ledger/ids.ts'
import { type LoadedRun, readSoonest } from '../../ledger/load-runs.ts'
import type { EngineSettings } from '../engine-settings.ts'
import { blankRun, definitionToStart, type StartedRun, type StartRun } from '../start.ts'
import { checkSize } from '../limits.ts'
import { NEVER } from '../run/alarms.ts'
import { RunWriter, KnownStart } from '../run/run-writer.ts'
import { readsOf, type SessionParts } from '../run/session-parts.ts'
import { Timeouts } from '../run/timeouts.ts'
import { apartCommit } from './apart-commit.ts'
import { type Cluster, type ClusterSettings, connectCluster, connectWorker } from './cluster.ts'
import { errandsOf } from './errands.ts'
import { type PayloadKey, payloadCodec } from './payload-codec.ts'
import { type MayRead, openPayloads, type PlainPayload } from './remote-codec.ts'
import { holdRuntime } from './runtime.ts'
import { startTeller } from './teller.ts'
import { noTracing } from './tracing/no-tracing.ts'
import type { Tracing } from './tracing/tracing.ts'
import type { Errands, RunRef } from './wire.ts'

export interface TemporalEngineSettings extends EngineSettings {
  readonly cluster: ClusterSettings
  /** Default `sijil`. */
  readonly taskQueue?: string
  /**
   * How many runs the worker keeps in memory between two things that happen to them. One that it let go is made again from its
   * history when something comes for it. Default 500.
   */
  readonly cachedRuns?: number | undefined
  /** The flows, made ready for Temporal's sandbox. */
  readonly bundle: WorkflowBundleOption
  /** What payloads are sealed with; the first seals, all open. */
  readonly keys: readonly [PayloadKey, ...PayloadKey[]]
  /** Puts a request to end into the mailbox of a run. `REQUESTED`, or why not. */
  readonly askForEnd: (ref: RunRef, why: string) => Promise<string>
  /** Stands between the cluster and the work: a test loses answers here. */
  readonly throughErrands?: (errands: Errands) => Errands
  /** How often to look for what other processes left. Default 500 ms. */
  readonly lookEveryMs?: number
  /** How long after its deadline a run that waits is told, should its timer not have woken it. Default 10 s. */
  readonly graceMs?: number
  /** Default: nobody is told. The engine stops it when it stops. */
  readonly tracing?: Tracing | undefined
}

export interface TemporalEngine {
  /** As the local engine's. The run goes on whenever the cluster can be reached. */
  start(wanted: StartRun): StartedRun
  /** Something came for the run. */
  wake(run: string): void
  /** The ledger's clock was set by a test: every run looks again. */
  clockMoved(): Promise<void>
  /** Whether the cluster was reached when it was last needed. */
  readonly isUp: boolean
  /** Asks the cluster now. False: it does not answer in time, or does not know the namespace. */
  reaches(patienceMs: number): Promise<boolean>
  /** Opens payloads that the cluster keeps, as far as they are of runs that may be read. See `openPayloads`. */
  open(
    payloads: readonly PlainPayload[],
    mayRead: MayRead,
    onOpened: (run: string) => Promise<void>,
  ): Promise<readonly PlainPayload[]>
  /** Takes nothing new and waits for what is in flight. */
  stop(): Promise<void>
}

const TASK_QUEUE = 'sijil'
/**
 * Each takes about 0.4 MB. A run that is at work is in the cache so that its history need not be fetched for every step; one that
 * waits days for a person gains little when they have decided. Temporal's SDK would choose by the heap that Node.js may have, some
 * 2,400 here, and so fill it with runs that wait.
 */
const CACHED_RUNS = 500
const LOOK_MS = 500
const HEARTBEAT_MS = 5_000
const RECONNECT_MS = 2_000
const TIMER_GRACE_MS = 10_000
/** How long a stop waits for calls in flight before it aborts them. */
const GRACE_MS = 10_000
/** Nobody holds a run on Temporal: this is how long nothing need be heard of it. */
const PATIENCE_MS = 60_000

export async function startTemporalEngine(settings: TemporalEngineSettings): Promise<TemporalEngine> {
  const { database, definitions, worker, cluster, onTrouble = () => {}, tracing = noTracing } = settings
  const taskQueue = settings.taskQueue ?? TASK_QUEUE
  const clock = new LedgerClock()
  const stopping = new AbortController()
  const commits = groupCommit({ database, clock, worker, leaseMs: PATIENCE_MS, onTrouble })
  const codec = payloadCodec(settings.keys)
  const dataConverter: DataConverter = { payloadCodecs: [codec] }
  let reached: Promise<Cluster> | undefined
  let running: Worker | undefined
  let hasWorker = false
  let stopped = false

  async function hearClock(): Promise<void> {
    const askedAt = performance.now()
    const { now, held } = await readSoonest(database, [])
    clock.hear(now, held, askedAt)
  }
  await hearClock()

  const session: SessionParts = {
    groupCommit: apartCommit(commits),
    clock,
    calendarOf: settings.calendarOf,
    durability: 'each',
    openSystems: settings.openSystems,
    holdsBack: settings.holdsBack,
    openServices: settings.openServices,
    timeouts: new Timeouts(),
    stopping: stopping.signal,
    ...readsOf(database),
    arm: () => {},
  }
  const { throughErrands = (errands) => errands } = settings
  const errands = throughErrands(errandsOf({ database, definitions, session, askForEnd: settings.askForEnd }))
  const act = alive(errands)

  // — the cluster —————————————————————————————————————————————————————————————————————————————————————————————————————

  /** One connection, made anew after it failed. */
  function connected(): Promise<Cluster> {
    reached ??= connectCluster({ ...cluster, dataConverter, interceptors: tracing.client, onTrouble }).catch(
      (error: unknown) => {
        reached = undefined
        throw error
      },
    )
    return reached
  }

  /** A worker at work, made anew when the cluster comes back. */
  async function work(): Promise<void> {
    while (!stopped) {
      let connection: NativeConnection | undefined
      try {
        await connected()
        connection = await connectWorker(cluster)
        running = await Worker.create({
          connection,
          namespace: cluster.namespace,
          taskQueue,
          identity: worker,
          workflowBundle: settings.bundle,
          maxCachedWorkflows: settings.cachedRuns ?? CACHED_RUNS,
          activities: { ...errands, act, default: act },
          dataConverter,
          interceptors: { activity: [...tracing.activity] },
          sinks: tracing.sinks,
          shutdownGraceTime: GRACE_MS,
          shutdownForceTime: GRACE_MS + 5_000,
        })
        hasWorker = true
        const ended = running.run()
        if (stopped) running.shutdown() // one that was made and never ran could not be let go
        await ended
      } catch (error) {
        if (!stopped) onTrouble(error)
      } finally {
        hasWorker = false
        running = undefined
        await connection?.close().catch(onTrouble)
      }
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
    }
  }

  const letRuntimeGo = holdRuntime()
  const teller = startTeller({
    database,
    loadable: definitions.loadable,
    taskQueue,
    cluster: connected,
    within: tracing.within,
    onTrouble,
    lookEveryMs: settings.lookEveryMs ?? LOOK_MS,
    patienceMs: PATIENCE_MS,
    graceMs: settings.graceMs ?? TIMER_GRACE_MS,
  })
  const working = work()

  return {
    start(wanted) {
      const { tenant, workflow, requester, idempotency } = wanted
      const { version } = definitionToStart(definitions, wanted).manifest
      const input = canonical(wanted.input)
      checkSize('the input of the run', input)
      const createdAt = clock.now()
      const run: LoadedRun = { ...blankRun, tenant, id: newRunId(), workflow, version, requester, input, createdAt }
      const create = { workflow, version, engine: 'temporal', requester, input, createdAt } as const
      const writer = new RunWriter(run, commits, { create, idempotency })
      const created = writer.finish({ status: 'ready', due: createdAt }).then(
        () => {
          tracing.accepted({ tenant, run: run.id, workflow, version })
          teller.wake(run.id)
          return { id: run.id, known: false, digest: undefined }
        },
        (error: unknown) => {
          if (error instanceof KnownStart) return { id: error.run, known: true, digest: error.digest }
          throw error
        },
      )
      return { id: run.id, created, end: Promise.resolve({ kind: 'left', due: NEVER }) }
    },
    wake: (run) => teller.wake(run),
    async clockMoved() {
      await hearClock()
      teller.look()
    },
    get isUp() {
      return hasWorker && teller.isUp
    },
    async reaches(patienceMs) {
      try {
        return await (await connected()).answers(patienceMs)
      } catch {
        return false
      }
    },
    open: (payloads, mayRead, onOpened) => openPayloads(payloads, { codec, mayRead, onOpened }),
    async stop() {
      stopped = true
      await teller.stop()
      if (running?.getState() === 'RUNNING') running.shutdown()
      const grace = setTimeout(() => stopping.abort(new Error('the process stops')), GRACE_MS)
      await working
      clearTimeout(grace)
      await commits.close()
      await (await reached?.catch(() => undefined))?.close()
      await letRuntimeGo()
      await tracing.stop()
    },
  }
}

/** Says every few seconds that the worker lives: another takes the errand up when it does not. */
const alive =
  (errands: Errands): Errands['act'] =>
  async (...asked) => {
    const context = Context.current()
    const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS)
    try {
      return await errands.act(...asked)
    } finally {
      clearInterval(timer)
    }
  }
