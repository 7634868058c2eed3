import { Stuck } from '../../flow/endings.ts'
import { isWait, type Operation, type Outcome, type RecordedOutcome } from '../../flow/host.ts'
import type { Instant } from '../../flow/time.ts'
import type { OperationDigest } from './operation-digest.ts'

/** What is on record of one key. */
export interface Known {
  readonly key: string
  readonly kind: string
  readonly name: string
  readonly digest: string
  readonly outcome: RecordedOutcome['kind']
  /** Canonical text. */
  readonly value: string
  readonly at: Instant
}

/**
 * What is on record for a run, what its flow has not come to yet, and whether the two agree. Pure: it is asked by whoever calls
 * the flow, in this process or in Temporal's sandbox.
 */
export class Recollection<Kept extends Known = Known> {
  readonly #records: Map<string, Kept>
  /** What the ledger knows and the flow has not come to, by path: a branch is sequential, so it must come there first. */
  readonly #ahead: ReadonlyMap<string, Set<string>>
  readonly #digestOf: OperationDigest

  constructor(records: readonly Kept[], begun: readonly string[], digestOf: OperationDigest) {
    this.#records = new Map(records.map((record) => [record.key, record]))
    const keys = [...this.#records.keys(), ...begun]
    this.#ahead = new Map([...Map.groupBy(keys, pathOf)].map(([path, of]) => [path, new Set(of)]))
    this.#digestOf = digestOf
  }

  /** What is on record of the branches under a path. */
  under(path: string): readonly Kept[] {
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
    const asked = this.#digestOf(operation)
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

  get(key: string): Kept | undefined {
    return this.#records.get(key)
  }

  add(record: Kept): void {
    this.#records.set(record.key, record)
  }

  drop(key: string): void {
    this.#records.delete(key)
  }
}

const pathOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)
const short = (digest: string): string => digest.slice(0, 12)

export const differs = (what: string): Stuck =>
  new Stuck(
    'REPLAY_DIFFERS',
    `${what}. The code of this version has changed since the run began, or branches share a variable. Restore the released code and retry the run, or cancel it.`,
  )
