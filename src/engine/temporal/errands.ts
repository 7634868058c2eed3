import { isOutside } from '../../flow/effect.ts'
import { Stuck, type StuckCode } from '../../flow/endings.ts'
import type { ChoiceOperation, EndingOperation, StepOperation, UndoOperation } from '../../flow/host.ts'
import type { Result } from '../../flow/drive.ts'
import type { Instant } from '../../flow/time.ts'
import type { Database } from '../../ledger/database/database.ts'
import type { EffectRow, LoadedRun } from '../../ledger/load-runs.ts'
import type { RecordRow } from '../../ledger/patch.ts'
import { readEffects, readPart, readRecords, readWithoutRecords } from '../../ledger/runs-apart.ts'
import { dealOf } from '../deal.ts'
import type { Definition, Definitions } from '../definitions.ts'
import { timeoutMs } from '../run/attempt.ts'
import { NEVER } from '../run/alarms.ts'
import type { Known } from '../run/recollection.ts'
import type { SessionParts } from '../run/session-parts.ts'
import { EndCourse, type ErrandParts, type Operations, OperationsCourse, runErrand } from './errand.ts'
import type { EffectFacts, Errands, Memory, Page, Report, RunRef } from './wire.ts'

export interface ErrandsParts {
  readonly database: Database
  readonly definitions: Definitions
  readonly session: SessionParts
  /** Puts a request to end into the mailbox of a run. `REQUESTED`, or why not. */
  askForEnd(ref: RunRef, why: string): Promise<string>
}

/** One payload may have 2 MB; what stands beside the values takes some of it. */
const PAGE_BYTES_MAX = 1_400_000

/** The work that flows on Temporal send their workers. */
export function errandsOf(parts: ErrandsParts): Errands {
  const { database, definitions, session } = parts
  const partsOf = (ref: RunRef): ErrandParts => ({
    session,
    read: (keys) => readPart(database, ref, keys),
    definitionOf: (run) => definitionOf(definitions, run),
  })
  const effectsOf = async ({ tenant, run }: RunRef, keys?: readonly string[]): Promise<readonly EffectFacts[]> =>
    (await readEffects(database, tenant, run, keys)).map(factsOf)

  async function page(ref: RunRef, from: number): Promise<Page> {
    const rows = await readRecords(database, ref, from, PAGE_BYTES_MAX)
    return { records: rows.map(knownOf), upTo: rows.at(-1)?.seq ?? from }
  }

  async function carryOut(
    ref: RunRef,
    keys: readonly string[],
    operations: Partial<Operations>,
    effects: EffectsOf,
  ): Promise<Report> {
    const course = (loaded: LoadedRun) => new OperationsCourse({ ...noOperations, ...operations }, loaded)
    return reportOf(await runErrand(partsOf(ref), keys, course), session.clock.now(), effects)
  }

  return {
    async recall(ref): Promise<Memory | string | undefined> {
      const run = await readWithoutRecords(database, ref)
      if (run === undefined) return undefined
      const definition = definitions.find(run.workflow, run.version)
      if (definition === undefined) return `${run.workflow}@${run.version}`
      const { workflow, manifest } = definition
      return {
        ...(run.seq === 0 ? { records: [], upTo: 0 } : await page(ref, 0)),
        seq: run.seq,
        input: run.input,
        startedAt: run.createdAt,
        deal: dealOf(workflow.contract, JSON.parse(run.input), run.id),
        manifest,
        steps: Object.fromEntries(
          Object.entries(workflow.steps).map(([name, step]) => [
            name,
            { title: step.title.en, isOutside: isOutside(step.effect), timeoutMs: timeoutMs(step) },
          ]),
        ),
        titles: Object.fromEntries(
          Object.entries({ ...workflow.contract.gates, ...workflow.contract.signals }).map(([name, { title }]) => [
            name,
            title.en,
          ]),
        ),
        effects: run.effects.map(factsOf),
        begun: [...run.waits, ...run.effects.filter(({ of }) => of === null)].map(({ key }) => key),
        mailbox: run.mailbox.count,
        hasLetters: run.mailbox.letters.length > 0,
      }
    },

    recallMore: page,

    async act(ref, operation, { isRelinquished, heldBytes }) {
      const { key } = operation
      const keys = operation.kind === 'undo' ? [key, operation.of] : [key]
      const operations = { perform: [operation], relinquished: isRelinquished ? [key] : [], heldBytes }
      return carryOut(ref, keys, operations, async (run) =>
        canBeTakenBack(definitionOf(definitions, run), operation) ? effectsOf(ref, keys) : [],
      )
    },

    async wait(ref, { opens, opened, parks }) {
      const parksUntil =
        parks === undefined ? undefined : parks.askAgainMs === null ? NEVER : session.clock.now() + parks.askAgainMs
      const keys = [...opens, ...opened].map(({ key }) => key)
      return carryOut(ref, keys, { perform: opens, opened, parksUntil }, async () => [])
    },

    decide: (ref, operation: ChoiceOperation | EndingOperation) =>
      carryOut(ref, [operation.key], { perform: [operation] }, () => effectsOf(ref)),

    async finish(ref, result: Result) {
      return reportOf(await runErrand(partsOf(ref), [], () => new EndCourse(async () => result)), 0, async () => [])
    },

    async stop(ref, { code, message, since }) {
      const why = new Stuck(code as StuckCode, message) // sent by the sandbox, which had it from a Stuck
      const fail = () => Promise.reject<Result>(why)
      return reportOf(await runErrand(partsOf(ref), [], () => new EndCourse(fail, since)), 0, async () => [])
    },

    askForEnd: (ref, { why }) => parts.askForEnd(ref, why),
  }
}

type EffectsOf = (run: LoadedRun) => Promise<readonly EffectFacts[]>

/** Undo asks for nothing else of an effect than whether it is to be taken back, and when it began. */
const canBeTakenBack = ({ workflow }: Definition, { kind, name }: StepOperation | UndoOperation): boolean =>
  kind === 'undo' || workflow.steps[name]?.reversal.kind === 'undo'

const noOperations: Operations = { perform: [], opened: [], relinquished: [], heldBytes: 0, parksUntil: undefined }

/** A record as the sandbox keeps it: where it stands in the ledger is not asked there. */
const knownOf = ({ key, kind, name, digest, outcome, value, at }: RecordRow): Known => ({
  key,
  kind,
  name,
  digest,
  outcome,
  value,
  at,
})

async function reportOf(
  done: Awaited<ReturnType<typeof runErrand>>,
  now: Instant,
  effects: EffectsOf,
): Promise<Report> {
  if (done === undefined) return { kind: 'fenced' }
  const { end, course, loaded } = done
  if (end.kind === 'stuck' || end.kind === 'ended') return { kind: end.kind }
  if (!(course instanceof OperationsCourse)) return { kind: 'again' } // Given back: somebody spoke meanwhile.
  const { answers, cancel } = course
  const askAgainMs = end.due >= NEVER ? null : Math.max(0, end.due - now)
  return { kind: 'done', answers, askAgainMs, effects: await effects(loaded), cancel }
}

function definitionOf(
  definitions: Definitions,
  { workflow, version }: Pick<LoadedRun, 'workflow' | 'version'>,
): Definition {
  const definition = definitions.find(workflow, version)
  if (definition === undefined) throw new RangeError(`no definition of ${workflow}@${version} is loaded`)
  return definition
}

const UNDOABLE = new Set(['started', 'done', 'in_doubt'])

const factsOf = ({ key, step, undoable, state, startedSeq }: EffectRow): EffectFacts => ({
  key,
  name: step,
  startedSeq,
  isUndoable: undoable && UNDOABLE.has(state),
})
