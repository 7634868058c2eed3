import { canonical } from '../../flow/canonical.ts'
import { Stuck } from '../../flow/endings.ts'
import type { Operation, Outcome, RecordedOutcome, WaitOperation } from '../../flow/host.ts'
import type { Instant } from '../../flow/time.ts'
import type { LoadedRun } from '../../ledger/load-runs.ts'
import type { RecordRow } from '../../ledger/patch.ts'
import { checkSize, RUN_BYTES_MAX } from '../limits.ts'
import { digestOfOperation } from './operation-digest.ts'

export const isWait = (operation: Operation): operation is WaitOperation =>
  operation.kind === 'gate' || operation.kind === 'signal' || operation.kind === 'sleep'

/** What is on record for a run, what the flow has not come to yet, and whether the two agree. */
export class RunMemory {
  readonly #records: Map<string, Omit<RecordRow, 'seq'>>
  /** What the ledger knows and the flow has not come to, by path: a branch is sequential, so it must come there first. */
  readonly #ahead: ReadonlyMap<string, Set<string>>
  /** The texts of outcomes that were made here and not kept yet, so that none is written out twice. */
  readonly #texts = new Map<RecordedOutcome, string>()
  #bytes: number

  constructor(loaded: LoadedRun) {
    this.#records = new Map(loaded.records.map((record) => [record.key, record]))
    this.#ahead = aheadOf(loaded)
    this.#bytes = loaded.records.reduce((bytes, { value }) => bytes + Buffer.byteLength(value), 0)
  }

  /** What is on record of the branches under a path. */
  under(path: string): readonly Omit<RecordRow, 'seq'>[] {
    return [...this.#records.values()].filter(({ key }) => key.startsWith(path))
  }

  recall(key: string): RecordedOutcome | undefined {
    const record = this.#records.get(key)
    if (record === undefined) return undefined
    const value: unknown = JSON.parse(record.value)
    // Kind and value were written together, by `keep`.
    return { kind: record.outcome, value, at: record.at } as RecordedOutcome
  }

  /** The answer of the record; undefined when there is none yet. Throws `Stuck` when the flow asks for something else. */
  replay(operation: Operation): Outcome | undefined {
    const { key, kind, name } = operation
    const ahead = this.#ahead.get(pathOf(key))
    ahead?.delete(key)
    const record = this.#records.get(key)
    if (record === undefined) {
      const [expected] = (kind === 'step' || isWait(operation) ? ahead : undefined) ?? []
      if (expected === undefined) return undefined
      throw differs(`the flow asks for ${kind} "${key}", and the ledger has "${expected}" at this place`)
    }
    const asked = digestOfOperation(operation)
    if (record.kind === kind && record.name === name && record.digest === asked) return this.recall(key)
    throw differs(
      `at "${key}" the ledger has ${record.kind} ${record.name} asked with ${short(record.digest)}, and the flow now asks for ${kind} ${name} with ${short(asked)}`,
    )
  }

  /** Throws `Stuck` when the flow has completed and never came to something that the ledger knows of its first branch. */
  assertReached(): void {
    const [left] = this.#ahead.get('') ?? []
    if (left !== undefined) throw differs(`the flow completed, and the ledger has "${left}", which it never came to`)
  }

  /** A value as the ledger will give it back, so that the first time and a replay cannot differ. */
  outcome({ key }: Operation, value: unknown, at: Instant): RecordedOutcome {
    const text = canonical(value)
    checkSize(`the result of ${key}`, text)
    return this.outcomeOf(text, at)
  }

  /** The same of a value that was written out, and found not too large, already. */
  outcomeOf(text: string, at: Instant): RecordedOutcome {
    const outcome: RecordedOutcome = { kind: 'value', value: JSON.parse(text), at }
    this.#texts.set(outcome, text)
    return outcome
  }

  /** From here on the operation has this answer. Throws when the run would hold more than it may. */
  keep(operation: Operation, outcome: RecordedOutcome): Omit<RecordRow, 'seq'> {
    const value = this.#textOf(operation, outcome)
    const bytes = this.#bytes + Buffer.byteLength(value)
    if (bytes > RUN_BYTES_MAX) {
      throw new Stuck('TOO_LARGE', `the results of the run would have ${bytes} bytes and may have ${RUN_BYTES_MAX}`)
    }
    this.#bytes = bytes
    const { kind, key, name } = operation
    const record = {
      key,
      kind,
      name,
      digest: digestOfOperation(operation),
      outcome: outcome.kind,
      value,
      at: outcome.at,
    }
    this.#records.set(key, record)
    return record
  }

  #textOf({ key }: Operation, outcome: RecordedOutcome): string {
    const made = this.#texts.get(outcome)
    this.#texts.delete(outcome)
    if (made !== undefined) return made
    const text = canonical(outcome.value)
    checkSize(`the result of ${key}`, text)
    return text
  }

  /** The ledger did not take the answer after all. */
  drop(key: string): void {
    this.#bytes -= Buffer.byteLength(this.#records.get(key)?.value ?? '')
    this.#records.delete(key)
  }
}

const pathOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)
const short = (digest: string): string => digest.slice(0, 12)

function aheadOf({ records, waits, effects }: LoadedRun): ReadonlyMap<string, Set<string>> {
  const keys = [...records, ...waits, ...effects.filter(({ of }) => of === null)].map(({ key }) => key)
  return new Map([...Map.groupBy(keys, pathOf)].map(([path, of]) => [path, new Set(of)]))
}

export const differs = (what: string): Stuck =>
  new Stuck(
    'REPLAY_DIFFERS',
    `${what}. The code of this version has changed since the run began, or branches share a variable. Restore the released code and retry the run, or cancel it.`,
  )
