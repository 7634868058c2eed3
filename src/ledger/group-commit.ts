import { boolArray, int4Array, int8Array, textArray, uuidArray } from './database/binary-array.ts'
import type { Database, Param, Statement } from './database/database.ts'
import { DatabaseError, sqlState } from './database/database-error.ts'
import type { LedgerClock } from './clock.ts'
import type { RunPatch, Verdict } from './patch.ts'

/** What many runs have ready to write travels in one statement: while two are in flight, the next gathers. */
export interface GroupCommit {
  /** Settles once the patch is durable, or was refused for the reason given. Rejects only when the ledger is closed. */
  commit(patch: RunPatch): Promise<Verdict>
  /** Waits for what is in flight and refuses everything after. */
  close(): Promise<void>
}

export interface GroupCommitSettings {
  readonly database: Database
  readonly clock: LedgerClock
  readonly worker: string
  readonly leaseMs: number
  /** How many runs one statement may carry. Default 1,000. */
  readonly runsMax?: number
  /** Called around every statement; tests crash here. */
  readonly onCommit?: (patches: readonly RunPatch[], moment: 'before' | 'after') => void | Promise<void>
  readonly onTrouble?: (error: unknown) => void
}

interface Waiting {
  readonly patch: RunPatch
  readonly settle: (verdict: Verdict) => void
  readonly fail: (error: unknown) => void
}

export function groupCommit(settings: GroupCommitSettings): GroupCommit {
  const { runsMax = 1_000, onTrouble = () => {} } = settings
  let queue: Waiting[] = []
  const inFlight = new Set<Promise<void>>()
  let scheduled = false
  let closed = false

  /** After a turn of the event loop, so that all runs that go on in this one are in the batch. */
  function schedule(): void {
    if (scheduled || queue.length === 0 || inFlight.size >= FLIGHTS) return
    scheduled = true
    setImmediate(send)
  }

  function send(): void {
    scheduled = false
    const batch = queue.slice(0, runsMax)
    queue = queue.slice(runsMax)
    const flight = write(batch).finally(() => {
      inFlight.delete(flight)
      schedule()
    })
    inFlight.add(flight)
    schedule()
  }

  /** A batch that the database refuses is halved, so that only the offender fails. */
  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      settleAll(batch, await present(batch.map(({ patch }) => patch)))
    } catch (error) {
      const [first] = batch
      if (first === undefined) return
      if (!isRefusal(error)) {
        for (const { fail } of batch) fail(error)
      } else if (batch.length === 1) {
        onTrouble(error)
        first.settle({ kind: 'refused', why: error instanceof Error ? error.message : String(error) })
      } else {
        const half = Math.ceil(batch.length / 2)
        await write(batch.slice(0, half))
        await write(batch.slice(half))
      }
    }
  }

  /** Resumes a portion of the runs at a time: what those have ready then leaves before the others have their turn. */
  function settleAll(batch: readonly Waiting[], verdicts: readonly (Verdict | undefined)[], from = 0): void {
    const end = Math.min(from + PORTION, batch.length)
    for (let index = from; index < end; index += 1) batch[index]?.settle(verdicts[index] ?? { kind: 'written' })
    // The first of the two turns is the statement's that those runs have made ready.
    if (end < batch.length) setImmediate(() => setImmediate(settleAll, batch, verdicts, end))
  }

  /** Presents the same batch again while its answer is lost: the database knows what it has already written. */
  async function present(patches: readonly RunPatch[]): Promise<readonly (Verdict | undefined)[]> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        await settings.onCommit?.(patches, 'before')
        const askedAt = performance.now()
        const rows = await settings.database.engine.query<AnswerRow>(statement, parameters(settings, patches))
        await settings.onCommit?.(patches, 'after')
        return verdictsOf(rows, patches.length, settings.clock, askedAt)
      } catch (error) {
        if (closed || !isPassing(error)) throw error
        onTrouble(error)
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  return {
    commit(patch) {
      if (closed)
        return Promise.reject(new DatabaseError('DATABASE_CLOSED', 'The ledger is closed. Nothing was written.'))
      return new Promise<Verdict>((settle, fail) => {
        queue.push({ patch, settle, fail })
        schedule()
      })
    },
    async close() {
      closed = true
      while (queue.length > 0 || inFlight.size > 0)
        await (inFlight.size > 0 ? Promise.race(inFlight) : new Promise((resolve) => setImmediate(resolve)))
    },
  }
}

/** How many statements are under way at once: the database works on one while this process makes the next. */
const FLIGHTS = 2
/** How many runs an answer resumes before it lets others have a turn. */
const PORTION = 25
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2_000

/** A database that restarts, or a conflict with another transaction: the same statement may succeed next time. */
const isPassing = (error: unknown): boolean => {
  if (error instanceof DatabaseError) return error.code === 'DATABASE_INTERRUPTED'
  const state = sqlState(error)
  return state === undefined ? isNetworkError(error) : /^(40|08|57P|53)/.test(state)
}
const isNetworkError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^(ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(error.code)

/** The database understood and will not have it: text it cannot store, values out of range, constraints, sizes. */
const isRefusal = (error: unknown): boolean =>
  error instanceof DatabaseError
    ? error.code === 'TEXT_NOT_STORABLE'
    : error instanceof RangeError || /^(22|23|54|SJ)/.test(sqlState(error) ?? '')

interface AnswerRow {
  readonly run: number
  readonly verdict: string
  readonly detail: string | null
  readonly now_ms: number | string
  readonly held: boolean
}

function verdictsOf(
  rows: readonly AnswerRow[],
  count: number,
  clock: LedgerClock,
  askedAt: number,
): readonly (Verdict | undefined)[] {
  const verdicts: (Verdict | undefined)[] = Array.from({ length: count })
  for (const { run, verdict, detail, now_ms, held } of rows) {
    if (run === 0) clock.hear(Number(now_ms), held, askedAt)
    else verdicts[run - 1] = verdictOf(verdict, detail ?? '')
  }
  return verdicts
}

function verdictOf(verdict: string, detail: string): Verdict {
  switch (verdict) {
    case 'fenced':
    case 'mailbox':
    case 'superseded':
      return { kind: verdict }
    case 'not authorised':
      return { kind: verdict, why: detail }
    case 'exists': {
      const [digest = '', run = ''] = detail.split(' ')
      return { kind: 'exists', digest, run }
    }
    default:
      throw new Error(`the ledger answered an unknown verdict: ${verdict}`)
  }
}

const statement: Statement = {
  name: 'commit_batch',
  text: `select run, verdict, detail, now_ms, held from sijil.commit_batch($1, $2,
    $3::text[], $4::uuid[], $5::boolean[], $6::integer[], $7::integer[], $8::integer[], $9::integer[],
    $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::boolean[],
    $18::text[], $19::integer[], $20::text[], $21::text[], $22::text[], $23::bigint[],
    $24::integer[], $25::integer[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[], $31::text[], $32::bigint[],
    $33::integer[], $34::text[], $35::text[], $36::text[], $37::text[], $38::text[], $39::text[],
    $40::integer[], $41::text[], $42::text[]::jsonb[])`,
}

function parameters({ worker, leaseMs }: GroupCommitSettings, runs: readonly RunPatch[]): readonly Param[] {
  const records = runs.flatMap((patch) => patch.records)
  const audits = runs.flatMap((patch) => patch.audits)
  const rare = runs.flatMap((patch) => patch.rare)
  return [
    worker,
    leaseMs,
    textArray(runs.map(({ tenant }) => tenant)),
    uuidArray(runs.map(({ run }) => run)),
    boolArray(runs.map(({ create }) => create !== undefined)),
    int4Array(runs.map(({ epoch }) => epoch)),
    int4Array(runs.map(({ batch }) => batch)),
    int4Array(runs.map(({ seq }) => seq)),
    int4Array(runs.map(({ mailbox }) => mailbox ?? -1)),
    textArray(runs.map(({ next }) => (next.status === 'running' ? null : next.status))),
    int8Array(
      runs.map(({ next }) => ('due' in next ? Math.min(next.due, FAR) : next.status === 'running' ? null : FAR)),
    ),
    textArray(runs.map(({ next }) => (next.status === 'ended' ? next.outcome : null))),
    textArray(runs.map(({ next }) => (next.status === 'ended' ? next.undo : null))),
    textArray(runs.map(({ next }) => (next.status === 'ended' ? next.result : null))),
    textArray(runs.map(({ next }) => ('why' in next ? next.why : null))),
    textArray(runs.map(({ next }) => (next.status === 'stuck' ? next.code : null))),
    boolArray(runs.map(({ pivoted }) => pivoted)),
    textArray(runs.map(({ create }) => create?.workflow ?? null)),
    int4Array(runs.map(({ create }) => create?.version ?? null)),
    textArray(runs.map(({ create }) => create?.engine ?? null)),
    textArray(runs.map(({ create }) => create?.requester ?? null)),
    textArray(runs.map(({ create }) => create?.input ?? null)),
    int8Array(runs.map(({ create }) => create?.createdAt ?? null)),
    placesOf(runs, (patch) => patch.records.length),
    int4Array(records.map(({ seq }) => seq)),
    textArray(records.map(({ key }) => key)),
    textArray(records.map(({ kind }) => kind)),
    textArray(records.map(({ name }) => name)),
    textArray(records.map(({ digest }) => digest)),
    textArray(records.map(({ outcome }) => outcome)),
    textArray(records.map(({ value }) => value)),
    int8Array(records.map(({ at }) => at)),
    placesOf(runs, (patch) => patch.audits.length),
    textArray(audits.map(({ actor }) => actor)),
    textArray(audits.map(({ what }) => what)),
    textArray(audits.map(({ subject }) => subject)),
    textArray(audits.map(({ old }) => old)),
    textArray(audits.map((audit) => audit.new)),
    textArray(audits.map(({ why }) => why)),
    placesOf(runs, (patch) => patch.rare.length),
    textArray(rare.map(({ op }) => op)),
    textArray(rare.map(({ body }) => JSON.stringify(body))),
  ]
}

/** For each row of a group the place of its run in the batch, from 1. */
function placesOf(runs: readonly RunPatch[], rowsOf: (patch: RunPatch) => number): Buffer {
  const places: number[] = []
  for (const [index, patch] of runs.entries()) for (let row = rowsOf(patch); row > 0; row -= 1) places.push(index + 1)
  return int4Array(places)
}

/** "Never by itself": later than any deadline, and still a safe integer. */
const FAR = 8_640_000_000_000_000
