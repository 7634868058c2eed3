/** One small vocabulary for many flows: what the suites of the engine's rules are told in. */
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { z } from 'zod'
import '../../src/connectors/systems.ts'
import '../../src/engine/services.ts'
import { definitions } from '../../src/engine/definitions.ts'
import { type LocalEngine, type LocalEngineSettings, startLocalEngine } from '../../src/engine/local/local-engine.ts'
import { call, contract, days, type Flow, gate, message, none, record, seconds, signal } from '../../src/flow/index.ts'
import { reads, step, workflow } from '../../src/flow/index.ts'
import type { Workflow } from '../../src/flow/workflow.ts'
import type { Database, Param, Statement } from '../../src/ledger/database/database.ts'
import { EngineWorld, type WorldSettings } from '../support/engine-world.ts'

const part = { en: 'Part', ar: 'جزء' } as const
const Text = z.string()
const Count = z.object({ n: z.number() })

/** What the gate `ask` lists for the ways in which it may be decided. */
interface Listed {
  readonly approved: readonly ('sign' | 'mail')[]
  readonly returned: readonly ('sign' | 'mail')[]
}
const nothing: Listed = { approved: [], returned: [] }

export const rulesContract = (name: string, version = 1, authorises: Listed = nothing) =>
  contract({
    name,
    version,
    title: part,
    lasts: { from: days(1), to: days(30) },
    input: Text,
    output: Text,
    endings: { over: part },
    gates: {
      ask: gate({
        title: part,
        packet: z.object({ about: Text }),
        subject: 'about',
        decision: z.object({}),
        approvers: 'manager',
        within: days(3),
        onExpiry: 'undo',
        onReturn: 'value',
        authorises,
      }),
    },
    signals: { go: signal({ title: part, payload: Count }), stop: signal({ title: part, payload: Count }) },
  })

/** What the step `work` does: given by each test. */
export type Work = (input: string, ctx: { readonly abort: AbortSignal }) => Promise<string>

export const rulesSteps = (work: Work) => ({
  work: step({ title: part, effect: none, input: Text, output: Text, do: (ctx, input) => work(input, ctx) }),
  /** As `work`, for a moment only, and at most three times. */
  hurried: step({
    title: part,
    effect: none,
    input: Text,
    output: Text,
    timeout: seconds(0.02),
    retry: { attempts: 3, firstWait: seconds(1), longestWait: seconds(1) },
    do: (ctx, input) => work(input, ctx),
  }),
  /** As `work`, for ever. */
  stubborn: step({
    title: part,
    effect: none,
    input: Text,
    output: Text,
    retry: { attempts: 1_000_000, firstWait: seconds(1), longestWait: seconds(60) },
    do: (ctx, input) => work(input, ctx),
  }),
  put: step({
    title: part,
    effect: record('thing'),
    input: Text,
    output: Text,
    do: async (ctx, id) => {
      ctx.kept.put(id, { kept: id })
      return id
    },
  }),
  get: step({
    title: part,
    effect: record('thing'),
    input: Text,
    output: Text,
    do: async (ctx, id) => JSON.stringify((await ctx.kept.get(id)) ?? null),
  }),
  /** Says that it only reads, and writes. */
  sly: step({
    title: part,
    effect: reads('crm'),
    input: Text,
    output: Text,
    do: async (ctx, id) => (await ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} })).recordId,
  }),
  /** Only looks: whoever answers must not begin anything. */
  look: step({
    title: part,
    effect: reads('crm'),
    input: Text,
    output: Text,
    retry: { attempts: 3, firstWait: seconds(1), longestWait: seconds(1) },
    do: async (ctx, id) => (await ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} })).recordId,
  }),
  /** The other side refuses doubles of the key. */
  open: step({
    title: part,
    effect: call('crm', 'open'),
    input: Text,
    output: z.object({ recordId: Text, created: z.boolean() }),
    do: (ctx, id) => ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} }),
    undo: async (ctx, id) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
  }),
  /** The other side can be asked. */
  sign: step({
    title: part,
    effect: call('esign', 'sign', 'contract'),
    input: Text,
    output: z.object({ envelopeId: Text }),
    timeout: seconds(30),
    do: (ctx) =>
      ctx.esign.sendEnvelope({ subject: '', message: '', document: { name: '', contentBase64: '' }, signers: [] }),
    undo: async (ctx, _input, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
  }),
  /** Nobody can be asked. */
  mail: step({
    title: part,
    effect: message('email', 'mail', 'outside'),
    input: Text,
    output: z.object({ messageId: Text }),
    do: (ctx, subject) => ctx.email.send({ to: 'x', subject, text: '', language: 'en' }),
    irreversible: 'what was said stays said',
  }),
})

export interface RulesFlow extends Flow<ReturnType<typeof rulesContract>, ReturnType<typeof rulesSteps>> {}

const policies = { open: 'A', sign: 'A', mail: 'A' } as const

export function scenario(
  name: string,
  flow: (flow: RulesFlow, input: string) => Promise<string>,
  work: Work = async (input) => input,
  authorises: Listed = nothing,
): Workflow {
  return workflow({ contract: rulesContract(name, 1, authorises), steps: rulesSteps(work), flow })
}

/** A test in a world of its own, on the database of its suite. */
export const worlds =
  (database: () => Database) =>
  (title: string, settings: WorldSettings, body: (world: EngineWorld) => Promise<void>): void => {
    test(title, async () => {
      const world = await EngineWorld.open(database(), { policies, ...settings })
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }

/** Another process on the same ledger. It never looks at the ledger by itself unless it is told to. */
export const startProcess = (
  world: EngineWorld,
  workflows: readonly Workflow[],
  more: Partial<LocalEngineSettings> = {},
): Promise<LocalEngine> =>
  startLocalEngine({
    database: world.database,
    definitions: definitions(workflows),
    openSystems: world.openSystems,
    openServices: () => ({}) as never, // these workflows use none
    calendarOf: async () => ({ afterWorkingDays: (from, count) => from + count * 86_400_000 }),
    worker: `worker-${randomUUID().slice(0, 4)}`,
    lookEveryMs: 3_600_000,
    ...more,
  })

/** Puts a signal into the mailbox and tells no engine. */
export async function deliver(
  world: EngineWorld,
  run: string,
  name: string,
  n: number,
  id = randomUUID(),
): Promise<void> {
  await world.member("select sijil.deliver_signal($1, $2, $3, 'signal', $4, $5, 'partner', 'test')", [
    world.tenant,
    run,
    id,
    name,
    JSON.stringify({ n }),
  ])
}

/** A door that a test opens by hand; whoever comes to it is heard first. */
export interface Door {
  readonly reached: Promise<void>
  pass(): Promise<void>
  open(): void
}
export function door(): Door {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    open: opened.resolve,
    pass() {
      reached.resolve()
      return opened.promise
    },
  }
}

/** Settles when a patch that ends a run is durable: no look at the ledger helps it along. */
export function untilEnded(first?: LocalEngineSettings['onCommit']): {
  readonly onCommit: NonNullable<LocalEngineSettings['onCommit']>
  readonly ended: Promise<void>
} {
  const ended = Promise.withResolvers<void>()
  return {
    ended: ended.promise,
    async onCommit(patches, moment) {
      await first?.(patches, moment)
      if (moment === 'after' && patches.some(({ next }) => next.status === 'ended')) ended.resolve()
    },
  }
}

/** The same database; whoever wants to is told of a statement before it is sent. */
export const intercepted = (database: Database, before: (statement: string) => Promise<void> | void): Database => ({
  kind: database.kind,
  engine: {
    async query<Row extends object>(statement: Statement, params?: readonly Param[]) {
      await before(statement.name)
      return database.engine.query<Row>(statement, params)
    },
  },
  transaction: (who, work) => database.transaction(who, work),
  script: (sql) => database.script(sql),
  close: () => database.close(),
})

/** The same database, and when a mailbox has been read the next time. */
export function watchingMailbox(database: Database): {
  readonly database: Database
  readonly nextRead: () => Promise<void>
} {
  let read = Promise.withResolvers<void>()
  const engine: Database['engine'] = {
    async query<Row extends object>(statement: Statement, params?: readonly Param[]) {
      const rows = await database.engine.query<Row>(statement, params)
      if (statement.name === 'read_mailbox') {
        read.resolve()
        read = Promise.withResolvers()
      }
      return rows
    },
  }
  return { database: { ...intercepted(database, () => {}), engine }, nextRead: () => read.promise }
}
