/**
 * A ledger whose clock a test holds, an engine that can die at any point, and vendors in memory that remember what they did.
 * Points are counted: every ledger write has one before it and one after it, every call of a vendor one before it is sent,
 * one after the vendor acted and one after its answer came.
 */
import { randomUUID } from 'node:crypto'
import { definitions } from '../../src/engine/definitions.ts'
import { type LocalEngine, type LocalEngineSettings, startLocalEngine } from '../../src/engine/local/local-engine.ts'
import type { EffectScope, OpenSystems } from '../../src/engine/systems.ts'
import { EffectNotMade, EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../../src/flow/failure.ts'
import type { Workflow } from '../../src/flow/workflow.ts'
import type { Database, Param } from '../../src/ledger/database/database.ts'
import { played } from '../../src/testing/played.ts'

export interface Act {
  readonly what: string
  readonly key: string
}
type Fault = 'refuse' | 'not made' | 'unknown, acted' | 'unknown, not acted' | 'hang, acted' | 'huge answer'

export interface WorldSettings {
  readonly workflows: readonly Workflow[]
  readonly durability?: LocalEngineSettings['durability']
  readonly policies?: Readonly<Record<string, 'A' | 'B' | 'C'>>
}

export class EngineWorld {
  readonly tenant: string
  readonly acts: Act[]
  /** What the next calls of an operation meet, one after another. */
  readonly faults = new Map<string, Fault[]>()
  readonly trouble: unknown[] = []
  /** Holds back a vendor's answer. */
  beforeAnswer: (what: string) => Promise<void> = async () => {}
  readonly database: Database
  now = Date.UTC(2026, 10, 22, 9)
  /** The point at which the process dies; 0 for never. */
  crashAt = 0
  points = 0
  crashed = false
  #engine: LocalEngine | undefined
  readonly #settings: WorldSettings

  private constructor(database: Database, settings: WorldSettings, before?: EngineWorld) {
    this.database = database
    this.#settings = settings
    this.tenant = before?.tenant ?? `t-${randomUUID().slice(0, 8)}`
    this.acts = before?.acts ?? []
  }

  /** The same organisation, vendors and time, on the database that its ledger was moved to. */
  static async movedTo(database: Database, before: EngineWorld): Promise<EngineWorld> {
    const world = new EngineWorld(database, before.#settings, before)
    world.now = before.now
    await world.sql('insert into sijil.clock (at_ms) values ($1)', [world.now])
    await world.reopen()
    return world
  }

  static async open(database: Database, settings: WorldSettings): Promise<EngineWorld> {
    const world = new EngineWorld(database, settings)
    await world.sql(
      'insert into sijil.clock (at_ms) values ($1) on conflict (held) do update set at_ms = excluded.at_ms',
      [world.now],
    )
    await world.sql('insert into sijil.tenants values ($1, $2, $3, 0)', [world.tenant, 'Test', 'اختبار'])
    for (const role of ['requester', 'manager', 'legal', 'director', 'vp', 'c-level', 'operator']) {
      await world.sql(
        "insert into sijil.people values ($1, $2, $2, $2, array[$3], sha256(convert_to($1 || $2, 'UTF8')))",
        [world.tenant, role, role],
      )
    }
    await world.sql(
      "insert into sijil.people values ($1, 'manager-2', 'x', 'x', array['manager'], sha256(convert_to($1 || 'manager-2', 'UTF8')))",
      [world.tenant],
    )
    for (const [action, kind] of Object.entries(settings.policies ?? {})) {
      await world.sql('insert into sijil.policies values ($1, $2, $3, $2)', [world.tenant, action, kind])
    }
    await world.reopen()
    return world
  }

  get engine(): LocalEngine {
    if (this.#engine === undefined) throw new Error('the engine is not open')
    return this.#engine
  }

  /** A new process on the same ledger. Whoever held runs before is given up after its lease. */
  async reopen(): Promise<void> {
    this.#engine?.abandon()
    if (this.#engine !== undefined && this.database.kind === 'postgres') await this.setClock(this.now + 11_000)
    this.crashed = false
    this.#engine = await startLocalEngine({
      database: this.database,
      definitions: definitions(this.#settings.workflows),
      openSystems: this.openSystems,
      openServices: () => ({}) as never, // these workflows use none
      calendarOf: async () => ({ afterWorkingDays: (from, days) => from + days * 86_400_000 }),
      worker: `worker-${randomUUID().slice(0, 4)}`,
      lookEveryMs: 60_000,
      onCommit: (_patches, moment) => this.point(`ledger ${moment}`),
      onTrouble: (error) => this.trouble.push(error),
      ...(this.#settings.durability === undefined ? {} : { durability: this.#settings.durability }),
    })
  }

  async close(): Promise<void> {
    this.#engine?.abandon()
    await this.engine.idle()
  }

  /** Dies here if it is the one. What called it never hears back. */
  async point(_what: string): Promise<void> {
    this.points += 1
    if (this.crashAt !== this.points) return
    this.crashed = true
    this.#engine?.abandon()
    throw new Error(`died at point ${this.points}`)
  }

  async sql<Row extends object>(text: string, params: readonly Param[] = []): Promise<readonly Row[]> {
    return this.database.transaction({ role: 'owner' }, (session) => session.query<Row>({ name: '', text }, params))
  }

  async member<Row extends object>(text: string, params: readonly Param[] = []): Promise<readonly Row[]> {
    return this.database.transaction({ role: 'member', tenant: this.tenant }, (session) =>
      session.query<Row>({ name: '', text }, params),
    )
  }

  // — time ————————————————————————————————————————————————————————————————————————————————————————————————————————————

  async setClock(now: number): Promise<void> {
    this.now = now
    await this.sql('update sijil.clock set at_ms = $1', [now])
  }

  async advance(ms: number): Promise<void> {
    await this.setClock(this.now + ms)
    await this.engine.clockMoved()
    await this.engine.idle()
  }

  /** To the next thing that is due. False when nothing is. */
  async advanceToNext(run: string): Promise<boolean> {
    if (!(await this.nextIsDue(run))) return false
    await this.advance(0)
    return true
  }

  /** Sets the clock to the next thing that is due, and tells no engine. False when nothing is. */
  async nextIsDue(run: string): Promise<boolean> {
    const [row] = await this.sql<{ due: number | null }>(
      "select due_ms as due from sijil.runs where tenant = $1 and id = $2 and status = 'waiting' and due_ms < 8640000000000000",
      [this.tenant, run],
    )
    if (typeof row?.due !== 'number') return false
    await this.setClock(Math.max(this.now + 1, row.due))
    return true
  }

  // — people ——————————————————————————————————————————————————————————————————————————————————————————————————————————

  async start(workflow: string, input: unknown): Promise<string> {
    const started = this.engine.start({ tenant: this.tenant, workflow, requester: 'requester', input })
    return (await started.created).id
  }

  async status(run: string): Promise<{
    readonly status: string
    readonly outcome: string | null
    readonly undo: string | null
    readonly result: string | null
    readonly why: string | null
    readonly stuck_code: string | null
    readonly seq: number
  }> {
    const [row] = await this.sql<Awaited<ReturnType<EngineWorld['status']>>>(
      'select status, outcome, undo, result, why, stuck_code, seq from sijil.runs where tenant = $1 and id = $2',
      [this.tenant, run],
    )
    if (row === undefined) throw new Error(`no run ${run}`)
    return row
  }

  async openTasks(run: string): Promise<
    readonly {
      readonly id: string
      readonly key: string
      readonly gate: string
      readonly digest: string
      readonly slots: readonly { roles: string[]; by: string | null }[]
    }[]
  > {
    return this.sql(
      "select id, key, gate, digest, slots from sijil.tasks where tenant = $1 and run = $2 and state = 'open' and kind = 'gate'",
      [this.tenant, run],
    )
  }

  async decide(
    run: string,
    person: string,
    verdict: 'approve' | 'return' | 'reject',
    more: { readonly value?: unknown; readonly gate?: string } = {},
  ): Promise<string> {
    const task = (await this.openTasks(run)).find(({ gate }) => more.gate === undefined || gate === more.gate)
    if (task === undefined) throw new Error(`no open task${more.gate === undefined ? '' : ` ${more.gate}`}`)
    const [row] = await this.member<{ answer: { code: string } }>(
      'select sijil.decide_task($1, $2, $3, $4, $5, $6, $7, $8) as answer',
      [this.tenant, task.id, person, verdict, task.digest, JSON.stringify(more.value ?? {}), 'because', 'test'],
    )
    this.engine.wake(run)
    await this.engine.idle()
    return row?.answer.code ?? 'nothing'
  }

  async signal(run: string, name: string, payload: unknown, id: string = randomUUID()): Promise<string> {
    const [row] = await this.member<{ answer: string }>(
      "select sijil.deliver_signal($1, $2, $3, 'signal', $4, $5, 'partner', 'test') as answer",
      [this.tenant, run, id, name, JSON.stringify(payload)],
    )
    this.engine.wake(run)
    await this.engine.idle()
    return row?.answer ?? 'nothing'
  }

  async cancel(run: string, undo = true): Promise<string> {
    const [row] = await this.member<{ answer: string }>(
      "select sijil.cancel_run($1, $2, $3, 'operator', 'test', 'not wanted any more') as answer",
      [this.tenant, run, undo],
    )
    this.engine.wake(run)
    await this.engine.idle()
    return row?.answer ?? 'nothing'
  }

  async resolve(run: string, key: string, resolution: object): Promise<string> {
    const [row] = await this.member<{ answer: string }>(
      "select sijil.resolve_effect($1, $2, $3, $4, 'operator', 'test', 'asked the vendor') as answer",
      [this.tenant, run, key, JSON.stringify({ by: 'operator', ...resolution })],
    )
    this.engine.wake(run)
    await this.engine.idle()
    return row?.answer ?? 'nothing'
  }

  // — vendors —————————————————————————————————————————————————————————————————————————————————————————————————————————

  /** e-mail cannot be asked; WhatsApp only confirms; the CRM refuses doubles; e-signature can be asked. */
  readonly openSystems: OpenSystems = (scope) =>
    played({
      email: {
        send: async (mail) =>
          this.#call(
            scope,
            `email ${mail.subject}`,
            () => ({ messageId: `mail:${scope.key}` }),
            () => this.#unknown(),
          ),
      },
      whatsapp: {
        sendTemplate: async () =>
          this.#call(
            scope,
            'whatsapp',
            () => ({ messageId: `wa:${scope.key}` }),
            async () => this.#seen(scope),
          ),
      },
      crm: {
        savePartner: async (partner) =>
          this.#call(
            scope,
            `crm ${partner.stage}`,
            () => ({ recordId: `crm:${partner.externalId}`, created: true }),
            () => this.#native(scope, `crm:${partner.externalId}`),
          ),
      },
      esign: {
        sendEnvelope: async () =>
          this.#call(
            scope,
            'esign send',
            (fault) => ({ envelopeId: fault === 'huge answer' ? 'x'.repeat(300_000) : `env:${scope.key}` }),
            () => this.#asked(scope),
          ),
        voidEnvelope: async ({ envelopeId }) =>
          this.#call(
            scope,
            'esign void',
            () => ({ envelopeId }),
            () => this.#asked(scope, envelopeId),
          ),
      },
    })

  async #call<T>(
    scope: EffectScope,
    what: string,
    make: (fault: Fault | undefined) => T,
    probe: () => T | Promise<T>,
  ): Promise<T> {
    if (scope.mode === 'probe') return probe()
    await this.point(`vendor before ${what}`)
    const fault = this.faults.get(what)?.shift()
    if (fault === 'refuse') throw new EffectRefused('SAID_NO', 'the vendor said no')
    if (fault === 'not made') throw new EffectNotMade('BUSY', 'the vendor is busy')
    scope.begin()
    if (fault === 'unknown, not acted') throw new EffectUnknown('TIMED_OUT', 'no answer came')
    this.acts.push({ what, key: scope.key })
    if (fault === 'unknown, acted') throw new EffectUnknown('TIMED_OUT', 'no answer came')
    if (fault === 'hang, acted')
      await new Promise((_, reject) =>
        scope.abort.addEventListener('abort', () => reject(new EffectUnknown('TIMED_OUT', 'gave up'))),
      )
    await this.beforeAnswer(what)
    await this.point(`vendor acted ${what}`)
    await this.point(`vendor answered ${what}`)
    return make(fault)
  }

  #acted({ key }: EffectScope): boolean {
    return this.acts.some((act) => act.key === key)
  }
  #unknown(): never {
    throw new EffectUnknown('CANNOT_ASK', 'a mail server cannot be asked')
  }
  async #seen(scope: EffectScope): Promise<{ messageId: string }> {
    const [seen] = await scope.sightings()
    if (seen === undefined) throw new EffectUnknown('NOT_SEEN', 'no status came')
    return { messageId: seen.reference }
  }
  #native(scope: EffectScope, recordId: string): { recordId: string; created: boolean } {
    if (this.#acted(scope)) return { recordId, created: true }
    throw new SafeToRepeat()
  }
  #asked(scope: EffectScope, envelopeId = `env:${scope.key}`): { envelopeId: string } {
    if (this.#acted(scope)) return { envelopeId }
    throw new NeverHappened(5_000)
  }
}
