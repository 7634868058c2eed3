/**
 * Runs flows in this process. Several processes may share one ledger: each claims what is due under a lease of its own.
 *
 * It owns the sessions of the runs it holds, one timer to the next thing that is due, the renewal of its leases, and a slow
 * look at the ledger for what other processes left. A run that waits is not here: it costs rows.
 */
import { canonical } from '../../flow/canonical.ts'
import type { Instant } from '../../flow/time.ts'
import { LedgerClock } from '../../ledger/clock.ts'
import { type GroupCommitSettings, groupCommit } from '../../ledger/group-commit.ts'
import { newRunId } from '../../ledger/ids.ts'
import { claimRuns, freeLeases, type LoadedRun, readSoonest, renewLeases } from '../../ledger/load-runs.ts'
import type { Definition } from '../definitions.ts'
import type { EngineSettings } from '../engine-settings.ts'
import { checkSize } from '../limits.ts'
import { blankRun, definitionToStart, type StartedRun, type StartRun } from '../start.ts'
import { RunSession, type SessionEnd } from '../run/run-session.ts'
import type { Begin } from '../run/run-writer.ts'
import { readsOf, type SessionParts } from '../run/session-parts.ts'
import { Timeouts } from '../run/timeouts.ts'

export interface LocalEngineSettings extends EngineSettings {
  /** Default `travelling`. */
  readonly durability?: SessionParts['durability']
  /** How long a run is ours without a word. Default 10 s. */
  readonly leaseMs?: number
  /** How often to look for what other processes left. Default 500 ms on Postgres; never needed on PGlite. */
  readonly lookEveryMs?: number
  /** How many runs may be in memory at once. Default 1,000. */
  readonly sessionsMax?: number
  readonly onCommit?: GroupCommitSettings['onCommit']
}

export interface LocalEngine {
  readonly clock: LedgerClock
  /** Throws a `RangeError` when no definition is loaded, `ValueTooLarge` and what `canonical` throws; then nothing was started. */
  start(wanted: StartRun): StartedRun
  /** Something came for the run: a signal, a decision, a request. */
  wake(run: string): void
  /** The ledger's clock was set by a test. */
  clockMoved(): Promise<void>
  /** Settles when nothing that is due is left to do in this process. For tests and for a graceful stop. */
  idle(): Promise<void>
  /** Whether the last look for what is due succeeded. A stopped engine is not up. */
  readonly isUp: boolean
  /** How many runs are in memory. */
  readonly loaded: number
  /** Takes nothing new, waits for what is in flight, and gives everything back. */
  stop(): Promise<void>
  /** As if the process had died: nothing more is written, and nothing is given back. */
  abandon(): void
}

const LEASE_MS = 10_000
const LOOK_MS = 500
const SESSIONS_MAX = 1_000
/** A process timer is re-armed at most this far ahead: a far one would fire at once. */
const TIMER_MS_MAX = 30_000
/** What is due now is left alone for a moment: another worker may hold it and be about to write. */
const SOON_MS = 10
/** How long a stop waits for calls in flight before it aborts them. */
const GRACE_MS = 10_000

export async function startLocalEngine(settings: LocalEngineSettings): Promise<LocalEngine> {
  const { database, worker, leaseMs = LEASE_MS, sessionsMax = SESSIONS_MAX, onTrouble = () => {} } = settings
  const clock = new LedgerClock()
  const stopping = new AbortController()
  const sessions = new Map<string, RunSession>()
  const commits = groupCommit({
    database,
    clock,
    worker,
    leaseMs,
    onTrouble,
    ...(settings.onCommit === undefined ? {} : { onCommit: settings.onCommit }),
  })
  const woken = new Set<RunSession>()
  const idlers = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  let timerAt: Instant = Number.MAX_SAFE_INTEGER
  let claiming: Promise<void> | undefined
  let claimAgain = false
  let stopped = false
  let gone = false
  let lookSucceeded = true

  const parts: SessionParts = {
    groupCommit: commits,
    clock,
    calendarOf: settings.calendarOf,
    durability: settings.durability ?? 'travelling',
    openSystems: settings.openSystems,
    holdsBack: settings.holdsBack,
    openServices: settings.openServices,
    timeouts: new Timeouts(),
    stopping: stopping.signal,
    ...readsOf(database),
    arm,
  }

  // — sessions ————————————————————————————————————————————————————————————————————————————————————————————————————————

  function open(loaded: LoadedRun, definition: Definition, begin?: Begin): RunSession {
    const session = new RunSession(loaded, definition, parts, { begin })
    sessions.set(loaded.id, session)
    void session.end.then((end) => close(session, end))
    session.start()
    return session
  }

  function close(session: RunSession, end: SessionEnd): void {
    if (sessions.get(session.loaded.id) === session) sessions.delete(session.loaded.id)
    if (end.kind === 'parked') arm(end.due)
    // What it was woken for may have come right after it had parked, and its time while it was being parked.
    const wasWoken = woken.delete(session)
    const cameDue = end.kind === 'parked' && end.due <= clock.now()
    if (end.kind === 'failed') onTrouble(end.error)
    if (claimAgain || wasWoken || cameDue) claim()
    tellIdlers()
  }

  // — what is due ——————————————————————————————————————————————————————————————————————————————————————————————————————

  /** One claim at a time; whoever asks meanwhile has another one follow. */
  function claim(): void {
    if (stopped) return
    claimAgain = true
    claiming ??= claimRounds().finally(() => {
      claiming = undefined
      tellIdlers()
    })
  }

  async function claimRounds(): Promise<void> {
    while (claimAgain && !stopped && sessions.size < sessionsMax) {
      claimAgain = false
      try {
        const limit = Math.min(100, sessionsMax - sessions.size)
        const loaded = await claimRuns(database, { worker, leaseMs, limit, loadable: settings.definitions.loadable })
        for (const run of loaded) resume(run)
        if (loaded.length === limit) claimAgain = true
        const due = await hearSoonest()
        if (due === null) armIn(TIMER_MS_MAX)
        else arm(due)
        lookSucceeded = true
      } catch (error) {
        lookSucceeded = false
        onTrouble(error)
        armIn(1_000)
      }
    }
  }

  /** What time it is, and when the next run is due. */
  async function hearSoonest(): Promise<Instant | null> {
    const askedAt = performance.now()
    const { now, held, due } = await readSoonest(database, settings.definitions.loadable)
    clock.hear(now, held, askedAt)
    return due
  }

  function resume(run: LoadedRun): void {
    if (gone) return
    const definition = settings.definitions.find(run.workflow, run.version)
    sessions.get(run.id)?.lose() // an older hold of ours on the same run: its epoch is gone
    if (definition !== undefined) open(run, definition)
  }

  function arm(due: Instant): void {
    armIn(Math.max(SOON_MS, due - clock.now()))
  }

  function armIn(ms: number): void {
    if (stopped) return
    const wait = Math.min(ms, TIMER_MS_MAX)
    const at = performance.now() + wait
    if (timer !== undefined && timerAt <= at) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(() => {
      timer = undefined
      for (const session of sessions.values()) session.tick()
      claim()
    }, wait)
  }

  // Nobody else can hold a run of an embedded ledger: what a process before us held is free at once.
  if (database.kind === 'pglite') await freeLeases(database)
  await hearSoonest()
  // From here on nothing fails: an engine that could not start leaves no timer behind that would keep its process alive.
  const look = setInterval(claim, settings.lookEveryMs ?? (database.kind === 'postgres' ? LOOK_MS : TIMER_MS_MAX))
  const renewal = setInterval(() => void renew(), Math.max(1, leaseMs / 3))

  async function renew(): Promise<void> {
    try {
      const runs = [...sessions.values()].map(({ loaded }) => loaded)
      const lost = await renewLeases(database, worker, leaseMs, runs)
      // A run whose creation is not written yet is not there to be renewed.
      for (const id of lost) if ((runs.find((run) => run.id === id)?.epoch ?? 0) > 1) sessions.get(id)?.lose()
    } catch (error) {
      onTrouble(error)
    }
  }

  function cease(): void {
    stopped = true
    claimAgain = false
    clearTimeout(timer)
    clearInterval(look)
    clearInterval(renewal)
  }

  // — quiet ————————————————————————————————————————————————————————————————————————————————————————————————————————————

  const isIdle = (): boolean => sessions.size === 0 && claiming === undefined && !claimAgain
  function tellIdlers(): void {
    if (!isIdle()) return
    for (const idler of idlers) idler()
    idlers.clear()
  }

  claim()

  return {
    clock,
    get isUp() {
      return lookSucceeded && !stopped
    },
    get loaded() {
      return sessions.size
    },
    start(wanted) {
      const { tenant, workflow, requester, idempotency } = wanted
      const definition = definitionToStart(settings.definitions, wanted)
      const input = canonical(wanted.input)
      checkSize('the input of the run', input)
      const { version } = definition.manifest
      const createdAt = clock.now()
      const run: LoadedRun = { ...blankRun, tenant, id: newRunId(), workflow, version, requester, input, createdAt }
      const create = { workflow, version, engine: wanted.engine ?? 'local', requester, input, createdAt } as const
      const session = open(run, definition, { create, idempotency })
      const started: Awaited<StartedRun['created']> = { id: run.id, known: false, digest: undefined }
      return {
        id: run.id,
        end: session.end,
        created: Promise.race([
          session.created.then(() => started),
          session.end.then((end) => {
            if (end.kind === 'exists') return { id: end.run, known: true, digest: end.digest }
            if (end.kind === 'failed') throw end.error
            return started
          }),
        ]),
      }
    },
    wake(run) {
      const session = sessions.get(run)
      if (session === undefined) claim()
      else {
        woken.add(session)
        void session.wake()
      }
    },
    async clockMoved() {
      await hearSoonest()
      for (const session of sessions.values()) session.tick()
      claim()
    },
    async idle() {
      claim()
      while (!isIdle()) await new Promise<void>((resolve) => idlers.add(resolve))
    },
    abandon() {
      gone = true
      cease()
      stopping.abort(new Error('the process is gone'))
      void commits.close()
      for (const session of sessions.values()) session.lose()
    },
    async stop() {
      cease()
      for (const session of sessions.values()) void session.release()
      await claiming // It may bring more.
      const grace = setTimeout(() => stopping.abort(new Error('the process stops')), GRACE_MS)
      await Promise.race([
        Promise.all([...sessions.values()].map((session) => session.release())),
        new Promise((resolve) => setTimeout(resolve, GRACE_MS + 1_000).unref()),
      ])
      clearTimeout(grace)
      await commits.close()
    },
  }
}
