/**
 * One errand for a flow that is called elsewhere: a session that carries out some operations of a run, writes what came of
 * them and forgets the run. All that it must know it reads from the ledger, so any worker can run any errand, and the same
 * one twice.
 */
import type { Driven, Result } from '../../flow/drive.ts'
import type { Host, Operation, Outcome, WaitOperation } from '../../flow/host.ts'
import type { Instant } from '../../flow/time.ts'
import type { LoadedRun } from '../../ledger/load-runs.ts'
import type { Definition } from '../definitions.ts'
import type { OperationDigest } from '../run/operation-digest.ts'
import { type Course, digestOfOperation, RunSession, type SessionEnd } from '../run/run-session.ts'
import type { SessionParts } from '../run/session-parts.ts'
import type { OpenedWait } from './wire.ts'

export interface ErrandParts {
  readonly session: SessionParts
  /** What the ledger knows of the run in so far as it concerns these keys; undefined when the run is elsewhere or has ended. */
  readonly read: (keys: readonly string[]) => Promise<LoadedRun | undefined>
  readonly definitionOf: (run: LoadedRun) => Definition
}

type SettledEnd = Exclude<SessionEnd, { readonly kind: 'superseded' | 'lost' | 'exists' | 'failed' }>

/**
 * Runs an errand, again from the ledger where another was first. Undefined: the run is elsewhere or has ended, and nothing was written.
 * Rejects when the ledger cannot be reached; then whoever sent the errand sends it again.
 */
export async function runErrand<C extends Course>(
  { session: parts, read, definitionOf }: ErrandParts,
  keys: readonly string[],
  courseOf: (loaded: LoadedRun) => C,
): Promise<{ readonly end: SettledEnd; readonly course: C; readonly loaded: LoadedRun } | undefined> {
  for (;;) {
    const loaded = await read(keys)
    if (loaded === undefined) return undefined
    const course = courseOf(loaded)
    const session = new RunSession(loaded, definitionOf(loaded), parts, { course })
    session.start()
    const end = await session.end
    switch (end.kind) {
      case 'superseded':
        continue
      case 'lost':
        return undefined
      case 'exists':
        throw new Error(`the run ${loaded.id} was created by an errand`)
      case 'failed':
        throw end.error
      default:
        return { end, course, loaded }
    }
  }
}

export interface Operations {
  readonly perform: readonly Operation[]
  /** Waits that the ledger knows already. */
  readonly opened: readonly OpenedWait[]
  /** Keys that their branch no longer needs. */
  readonly relinquished: readonly string[]
  readonly heldBytes: number
  /** Nothing else of the run is in flight: it may be parked when nothing is answered, at the latest until then. */
  readonly parksUntil: Instant | undefined
}

/** Carries out operations side by side, until each is answered or blocked. */
export class OperationsCourse implements Course {
  readonly answers: { readonly key: string; readonly outcome: Outcome }[] = []
  readonly heldBytes: number
  readonly dueElsewhere: Instant | undefined
  readonly since = undefined
  readonly digestOf: OperationDigest
  cancel: { readonly why: string; readonly undo: boolean } | undefined
  readonly #of: Operations

  constructor(of: Operations, { waits, records }: LoadedRun) {
    this.#of = of
    this.heldBytes = of.heldBytes
    this.dueElsewhere = of.parksUntil
    // Whoever was asked before us may have settled one and died before it could say so.
    const opened = new Set(of.opened.map(({ key }) => key))
    const asked = new Map(
      [...waits, ...records].filter(({ key }) => opened.has(key)).map(({ key, digest }) => [key, digest]),
    )
    this.digestOf = (operation) => asked.get(operation.key) ?? digestOfOperation(operation)
  }

  drive(host: Host): Driven {
    // After the mailbox was read: what a letter settles comes before what a request to end does.
    queueMicrotask(() => {
      const { perform, opened, relinquished } = this.#of
      for (const operation of perform) this.#answer(host, operation)
      for (const wait of opened) this.#answer(host, whole(wait))
      for (const key of relinquished) host.relinquish(key)
    })
    return {
      result: new Promise(() => {}),
      cancel: (request) => {
        this.cancel ??= request
      },
    }
  }

  /** Once the time has come until which it would be parked, whoever calls the flow asks again: nobody else would look. */
  leaves(now: Instant): boolean {
    const { parksUntil } = this.#of
    return parksUntil === undefined || parksUntil <= now || this.answers.length > 0 || this.cancel !== undefined
  }

  #answer(host: Host, operation: Operation): void {
    const { key } = operation
    void host.perform(operation).then((outcome) => this.answers.push({ key, outcome }))
  }
}

/** What was asked is in the ledger, and so is the packet. */
const whole = (wait: OpenedWait): WaitOperation => ({ ...wait, input: null })

/** Writes how the flow ended, or why it cannot go on. */
export class EndCourse implements Course {
  readonly heldBytes = 0
  readonly dueElsewhere = undefined
  readonly digestOf = digestOfOperation
  readonly since: number | undefined
  readonly #result: () => Promise<Result>

  /** `since`: how many letters the run had when its flow was called. */
  constructor(result: () => Promise<Result>, since?: number) {
    this.#result = result
    this.since = since
  }

  drive(): Driven {
    return { result: this.#result(), cancel() {} }
  }

  leaves(): boolean {
    return false
  }
}
