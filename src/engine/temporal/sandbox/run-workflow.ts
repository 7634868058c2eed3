/** The one workflow type: drives the flow of a run over its ledger until the run ends, moves away, or its history is too long. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { drive, type Driven, type FlowFunction, type Result } from '../../../flow/drive.ts'
import { Stuck } from '../../../flow/endings.ts'
import type { Known } from '../../run/recollection.ts'
import type { Memory, Report, RunRef } from '../wire.ts'
import { askForEnd, finish, recall, recallMore, stop } from './activities.ts'
import { type Halt, SandboxHost } from './sandbox-host.ts'
import { searchAttributes } from './search-attributes.ts'
import { type Stay, stay } from './stay.ts'

/** Every flow that a run may be of, by `name@version`. */
export type Flows = Readonly<Record<string, FlowFunction>>

/** Something came for the run: a signal, a decision, a request. It lies in the ledger. */
const news = defineSignal('news')

interface Sandbox {
  readonly flows: Flows
  /** The history has grown so long that the workflow should go on in a new one. */
  readonly isLong: () => boolean
}

/** `isLong`: when a workflow that waits goes on in a new history. Default: when the cluster suggests it. */
export function runWorkflow(
  flows: Flows,
  isLong: Sandbox['isLong'] = () => workflowInfo().continueAsNewSuggested,
): (ref: RunRef) => Promise<void> {
  return async (ref) => {
    const told: { count: number; refused?: string } = { count: 0 }
    const hear = new Set<() => void>()
    setHandler(news, () => {
      told.count += 1
      for (const tell of hear) tell()
    })
    void CancellationScope.current().cancelRequested.catch(async () => {
      const ask = () => askForEnd(ref, { why: 'cancelled in Temporal' })
      const answer = await CancellationScope.nonCancellable(ask)
      if (answer === REQUESTED) return
      told.refused = answer
      setCurrentDetails(refusalOf(answer))
    })
    const next = await CancellationScope.nonCancellable(() => live({ flows, isLong }, ref, told, hear))
    if (next === 'again') await continueAsNew<(ref: RunRef) => Promise<void>>(ref)
  }
}

type Next = 'over' | 'again'
interface Told {
  readonly count: number
  /** Why a cancellation in Temporal was not followed. */
  readonly refused?: string
}
const REQUESTED = 'REQUESTED'

async function live({ flows, isLong }: Sandbox, ref: RunRef, told: Told, hear: Set<() => void>): Promise<Next> {
  const before = told.count
  const memory = await recall(ref)
  if (memory === undefined) return 'over'
  if (typeof memory === 'string') throw unloadable(memory)
  const host = new SandboxHost(ref, memory, await allRecords(ref, memory))
  hear.add(() => host.hear())
  // What came while the memory was read may not be in it.
  if (told.count > before) host.hear()
  const { workflow, version } = memory.manifest
  const flow = flows[`${workflow}@${version}`]
  if (flow === undefined) throw unloadable(`${workflow}@${version}`)
  // A request to end is read before the flow is called.
  if (memory.hasLetters) await host.look()
  const end = await driven(drive(flow, memory.manifest, host, JSON.parse(memory.input)), host, { isLong, told })
  await condition(() => host.isIdle)
  const next = await conclude(ref, memory, end, () => told.count > before)
  if (next === 'over') stay.over({ ref, workflow, version, ...outcomeOf(end), at: Date.now() })
  return next
}

/** A worker of another release will have it: the task fails, nothing of it is kept, and others are given it. */
const unloadable = (version: string): Error => new Error(`this worker cannot load ${version}`)

async function allRecords(ref: RunRef, memory: Memory): Promise<readonly Known[]> {
  const records = [...memory.records]
  for (let upTo = memory.upTo; upTo < memory.seq; ) {
    const page = await recallMore(ref, upTo)
    records.push(...page.records)
    upTo = page.upTo
  }
  return records
}

type End = Halt | { readonly kind: 'result'; readonly result: Result }

/** The text of why a run ended is not told: a person may be named in it. */
function outcomeOf(end: End): Pick<Stay, 'outcome' | 'undo'> {
  if (end.kind !== 'result') return { outcome: 'left', undo: undefined }
  const { result } = end
  return result.outcome === 'completed'
    ? { outcome: 'completed', undo: undefined }
    : { outcome: result.ending, undo: result.undo }
}

/** Until the flow has ended or its host has come to its end. */
async function driven(
  { result, cancel }: Driven,
  host: SandboxHost,
  { isLong, told }: Pick<Sandbox, 'isLong'> & { readonly told: Told },
): Promise<End> {
  let end: End | undefined
  let isCancelled = false
  result.then(
    (value) => {
      end ??= { kind: 'result', result: value }
    },
    (error: unknown) => {
      end ??= { kind: 'stop', why: error instanceof Stuck ? error : new Stuck('FLOW_THREW', String(error)) }
    },
  )
  for (;;) {
    const request = host.takeCancel()
    if (request !== undefined) {
      isCancelled = true
      cancel(request)
    }
    await host.untilLook(() => end !== undefined)
    if (end !== undefined) return checked(end, host, isCancelled)
    if (host.halt !== undefined) return host.halt
    if (host.hasCancel) continue
    if (host.isLost) return { kind: 'stop', why: foreignWait() }
    await host.look()
    if (host.isParked) describe(host, told)
    if (host.isParked && isLong()) return { kind: 'again' }
  }
}

/** A flow that completed must have come to everything that is on record. */
function checked(end: End, host: SandboxHost, isCancelled: boolean): End {
  if (end.kind !== 'result' || end.result.outcome !== 'completed' || isCancelled) return end
  try {
    host.assertReached()
    return end
  } catch (error) {
    if (error instanceof Stuck) return { kind: 'stop', why: error }
    throw error
  }
}

const foreignWait = (): Stuck =>
  new Stuck(
    'LANGUAGE_RULE',
    'the flow waits for something that is not of the flow: a timer, a promise of its own, another service',
  )

/** What an operator sees in Temporal's own pages. */
function describe(host: SandboxHost, { refused }: Told): void {
  const waitsFor = host.waitsFor.join(', ')
  setCurrentDetails(`Waits for: ${waitsFor}${refused === undefined ? '' : `\n\n${refusalOf(refused)}`}`)
  const { memo, typedSearchAttributes } = workflowInfo()
  if (memo?.['waitsFor'] !== waitsFor) upsertMemo({ waitsFor })
  // Where the namespace does not know what runs are searched by, the run was started without, and naming one would stop it.
  const isSearchable = typedSearchAttributes.get(searchAttributes.tenant) !== undefined
  const { stage, deal } = searchAttributes
  if (isSearchable && typedSearchAttributes.get(stage) !== waitsFor)
    upsertSearchAttributes([
      { key: stage, value: waitsFor },
      ...(host.deal === undefined ? [] : [{ key: deal, value: host.deal }]),
    ])
}

/** Whoever pressed the button in Temporal's page is answered there. */
const refusalOf = (code: string): string =>
  `The cancellation in Temporal was not followed (${code}), and the run goes on. Whether it is to end is decided in Sijil.`

async function conclude(ref: RunRef, memory: Memory, end: End, isTold: () => boolean): Promise<Next> {
  switch (end.kind) {
    case 'fenced':
      return 'over'
    case 'again':
      return 'again'
    case 'stuck':
      // Whoever helps the run makes itself heard.
      await condition(isTold)
      return 'again'
    case 'stop': {
      const { code, message } = end.why
      return after(await stop(ref, { code, message, since: memory.mailbox }), isTold)
    }
    case 'result':
      return after(await finish(ref, end.result), isTold)
  }
}

async function after(report: Report, isTold: () => boolean): Promise<Next> {
  switch (report.kind) {
    case 'ended':
    case 'fenced':
      return 'over'
    case 'stuck':
      await condition(isTold)
      return 'again'
    case 'again':
    case 'done':
      return 'again'
  }
}
