import { canonical } from '../../flow/canonical.ts'
import { Stuck } from '../../flow/endings.ts'
import type { Operation, Outcome, RecordedOutcome } from '../../flow/host.ts'
import type { Instant } from '../../flow/time.ts'
import type { LoadedRun } from '../../ledger/load-runs.ts'
import type { RecordRow } from '../../ledger/patch.ts'
import { checkSize, RUN_BYTES_MAX } from '../limits.ts'
import type { OperationDigest } from './operation-digest.ts'
import { Recollection } from './recollection.ts'

/** The record of a run as its session adds to it. */
export class RunMemory {
  readonly #recollection: Recollection<Omit<RecordRow, 'seq'>>
  /** The texts of outcomes that were made here and not kept yet, so that none is written out twice. */
  readonly #texts = new Map<RecordedOutcome, string>()
  #bytes: number

  readonly #digestOf: OperationDigest

  /** `held`: bytes of results that are on record and not among those loaded. */
  constructor({ records, waits, effects }: LoadedRun, digestOf: OperationDigest, held: number) {
    this.#digestOf = digestOf
    const begun = [...waits, ...effects.filter(({ of }) => of === null)].map(({ key }) => key)
    this.#recollection = new Recollection(records, begun, digestOf)
    this.#bytes = records.reduce((bytes, { value }) => bytes + Buffer.byteLength(value), held)
  }

  under(path: string): readonly Omit<RecordRow, 'seq'>[] {
    return this.#recollection.under(path)
  }

  recall(key: string): RecordedOutcome | undefined {
    return this.#recollection.recall(key)
  }

  replay(operation: Operation): Outcome | undefined {
    return this.#recollection.replay(operation)
  }

  assertReached(): void {
    this.#recollection.assertReached()
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
      digest: this.#digestOf(operation),
      outcome: outcome.kind,
      value,
      at: outcome.at,
    }
    this.#recollection.add(record)
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
    this.#bytes -= Buffer.byteLength(this.#recollection.get(key)?.value ?? '')
    this.#recollection.drop(key)
  }
}
