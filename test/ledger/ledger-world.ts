/** A migrated ledger whose clock a test holds, and patches to write to it without any engine. */
import { randomUUID } from 'node:crypto'
import { LedgerClock } from '../../src/ledger/clock.ts'
import type { Database, Param } from '../../src/ledger/database/database.ts'
import { type GroupCommit, type GroupCommitSettings, groupCommit } from '../../src/ledger/group-commit.ts'
import { newRunId } from '../../src/ledger/ids.ts'
import type { AuditRow, RareWrite, RecordRow, RunPatch } from '../../src/ledger/patch.ts'

export const NOW = Date.UTC(2026, 10, 22, 9)
export const LEASE_MS = 10_000

export class LedgerWorld {
  readonly tenant = `t-${randomUUID().slice(0, 8)}`
  readonly database: Database

  private constructor(database: Database) {
    this.database = database
  }

  static async open(database: Database): Promise<LedgerWorld> {
    const world = new LedgerWorld(database)
    await world.setClock(NOW)
    await world.sql('insert into sijil.tenants values ($1, $2, $3, 0)', [world.tenant, 'Test', 'اختبار'])
    return world
  }

  sql<Row extends object>(text: string, params: readonly Param[] = []): Promise<readonly Row[]> {
    return this.database.transaction({ role: 'owner' }, (session) => session.query<Row>({ name: '', text }, params))
  }

  async setClock(now: number): Promise<void> {
    await this.sql(
      'insert into sijil.clock (at_ms) values ($1) on conflict (held) do update set at_ms = excluded.at_ms',
      [now],
    )
  }

  writer(worker: string, more: Partial<GroupCommitSettings> = {}): GroupCommit {
    return groupCommit({ database: this.database, clock: new LedgerClock(), worker, leaseMs: LEASE_MS, ...more })
  }

  /** The first patch of a new run. */
  creating(of: Partial<RunPatch> = {}): RunPatch {
    const create = {
      workflow: 'deal',
      version: 1,
      engine: 'local',
      requester: 'requester',
      input: '{}',
      createdAt: NOW,
    } as const
    return { ...blank, tenant: this.tenant, run: newRunId(), create, epoch: 1, batch: 1, seq: seqOf(0, of), ...of }
  }

  /** How much of a run is on record: everything that a refused patch must leave as it was. */
  async written(run: string): Promise<{ records: number; audit: number; effects: number; idempotency: number }> {
    const [row] = await this.sql<Awaited<ReturnType<LedgerWorld['written']>>>(
      `select (select count(*)::int from sijil.records where run = $1::uuid) as records,
         (select count(*)::int from sijil.audit where run = $1::uuid) as audit,
         (select count(*)::int from sijil.effects where run = $1::uuid) as effects,
         (select count(*)::int from sijil.idempotency where answer = $1::uuid::text) as idempotency`,
      [run],
    )
    if (row === undefined) throw new Error('a count gave no row')
    return row
  }

  async run(run: string): Promise<{ status: string; epoch: number; batch: number; worker: string | null }> {
    const [row] = await this.sql<Awaited<ReturnType<LedgerWorld['run']>>>(
      'select status, epoch, batch, worker from sijil.runs where id = $1',
      [run],
    )
    if (row === undefined) throw new Error(`no run ${run}`)
    return row
  }
}

const blank = {
  mailbox: undefined,
  pivoted: false,
  next: { status: 'running' },
  records: [],
  audits: [],
  rare: [],
} as const

const seqOf = (before: number, { records = [] }: Partial<RunPatch>): number => before + records.length

/** The patch after another one of the same run. */
export const following = (before: RunPatch, of: Partial<RunPatch> = {}): RunPatch => ({
  ...before,
  ...blank,
  create: undefined,
  batch: before.batch + 1,
  seq: seqOf(before.seq, of),
  ...of,
})

export const aRecord = (key: string, seq: number, value = '1'): RecordRow => ({
  seq,
  key,
  kind: 'step',
  name: 'score',
  digest: 'd',
  outcome: 'value',
  value,
  at: NOW,
})

export const anAudit = (subject: string, why: string | null = null): AuditRow => ({
  actor: 'sijil',
  what: 'step.value',
  subject,
  old: null,
  new: 'x',
  why,
})

export const aStart = (key: string, action: string | null = null): RareWrite => ({
  op: 'effect.start',
  body: {
    key,
    step: 'score',
    of: null,
    action,
    subject: 's',
    undoable: true,
    input: '{}',
    state: 'started',
    generation: 1,
    attempt: 1,
    timeout_ms: 1_000,
    started_seq: 1,
  },
})
