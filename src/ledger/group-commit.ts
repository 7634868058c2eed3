import { setImmediate } from 'node:timers/promises'
import { boolArray, int4Array, int8Array, textArray, uuidArray } from './database/binary-array.ts'
import type { Database, Param, Statement } from './database/database.ts'
import { DatabaseError, sqlState } from './database/database-error.ts'
import type { LedgerClock } from './clock.ts'
import type { RunPatch, Verdict } from './patch.ts'

/** What many runs have ready to write travels in one statement: while one is in flight, the next gathers. */
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
  let running: Promise<void> | undefined
  let closed = false

  /** One round after another until nothing waits. A turn of the event loop between them lets resumed runs queue. */
  async function rounds(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, runsMax)
      queue = queue.slice(runsMax)
      await write(batch)
      await setImmediate()
    }
  }

  /** A batch that the database refuses is halved, so that only the offender fails. */
  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const verdicts = await present(batch.map(({ patch }) => patch))
      for (const [index, { settle }] of batch.entries()) settle(verdicts[index] ?? { kind: 'written' })
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

  /** Presents the same batch again while its answer is lost: the database knows what it has already written. */
  async function present(patches: readonly RunPatch[]): Promise<readonly (Verdict | undefined)[]> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        await settings.onCommit?.(patches, 'before')
        const rows = await settings.database.engine.query<AnswerRow>(statement, parameters(settings, patches))
        await settings.onCommit?.(patches, 'after')
        return verdictsOf(rows, patches.length, settings.clock)
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
        running ??= setImmediate()
          .then(rounds)
          .finally(() => {
            running = undefined
          })
      })
    },
    async close() {
      closed = true
      await running
    },
  }
}

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

function verdictsOf(rows: readonly AnswerRow[], count: number, clock: LedgerClock): readonly (Verdict | undefined)[] {
  const verdicts: (Verdict | undefined)[] = Array.from({ length: count })
  for (const { run, verdict, detail, now_ms, held } of rows) {
    if (run === 0) clock.hear(Number(now_ms), held)
    else verdicts[run - 1] = verdictOf(verdict, detail ?? '')
  }
  return verdicts
}

function verdictOf(verdict: string, detail: string): Verdict {
  switch (verdict) {
    case 'fenced':
    case 'mailbox':
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

function parameters({ worker, leaseMs }: GroupCommitSettings, patches: readonly RunPatch[]): readonly Param[] {
  const runs = patches.map(({ next, ...patch }) => ({
    ...patch,
    next,
    ended: next.status === 'ended' ? next : undefined,
  }))
  const records = patches.flatMap((patch, index) => patch.records.map((record) => ({ ...record, run: index + 1 })))
  const audits = patches.flatMap((patch, index) => patch.audits.map((audit) => ({ ...audit, run: index + 1 })))
  const rare = patches.flatMap((patch, index) => patch.rare.map((write) => ({ ...write, run: index + 1 })))
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
    textArray(runs.map(({ ended }) => ended?.outcome ?? null)),
    textArray(runs.map(({ ended }) => ended?.undo ?? null)),
    textArray(runs.map(({ ended }) => ended?.result ?? null)),
    textArray(runs.map(({ next }) => ('why' in next ? next.why : null))),
    textArray(runs.map(({ next }) => (next.status === 'stuck' ? next.code : null))),
    boolArray(runs.map(({ pivoted }) => pivoted)),
    textArray(runs.map(({ create }) => create?.workflow ?? null)),
    int4Array(runs.map(({ create }) => create?.version ?? null)),
    textArray(runs.map(({ create }) => create?.engine ?? null)),
    textArray(runs.map(({ create }) => create?.requester ?? null)),
    textArray(runs.map(({ create }) => create?.input ?? null)),
    int8Array(runs.map(({ create }) => create?.createdAt ?? null)),
    int4Array(records.map(({ run }) => run)),
    int4Array(records.map(({ seq }) => seq)),
    textArray(records.map(({ key }) => key)),
    textArray(records.map(({ kind }) => kind)),
    textArray(records.map(({ name }) => name)),
    textArray(records.map(({ digest }) => digest)),
    textArray(records.map(({ outcome }) => outcome)),
    textArray(records.map(({ value }) => value)),
    int8Array(records.map(({ at }) => at)),
    int4Array(audits.map(({ run }) => run)),
    textArray(audits.map(({ actor }) => actor)),
    textArray(audits.map(({ what }) => what)),
    textArray(audits.map(({ subject }) => subject)),
    textArray(audits.map(({ old }) => old)),
    textArray(audits.map((audit) => audit.new)),
    textArray(audits.map(({ why }) => why)),
    int4Array(rare.map(({ run }) => run)),
    textArray(rare.map(({ op }) => op)),
    textArray(rare.map(({ body }) => JSON.stringify(body))),
  ]
}

/** "Never by itself": later than any deadline, and still a safe integer. */
const FAR = 8_640_000_000_000_000
