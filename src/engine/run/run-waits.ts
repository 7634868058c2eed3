import { canonical } from '../../flow/canonical.ts'
import { Stuck } from '../../flow/endings.ts'
import type { Outcome, RecordedOutcome, WaitOperation } from '../../flow/host.ts'
import { parse } from '../../flow/schema.ts'
import { after, type Instant } from '../../flow/time.ts'
import { newTaskId } from '../../ledger/ids.ts'
import type { LoadedRun } from '../../ledger/load-runs.ts'
import type { RareWrite } from '../../ledger/patch.ts'
import type { Definition } from '../definitions.ts'
import { checkSize } from '../limits.ts'
import { authorisedBy, slotsOf, subjectDigest } from '../task-request.ts'
import type { Activity } from './activity.ts'
import { NEVER } from './alarms.ts'
import { consume, type LetterBox } from './letter-box.ts'
import type { OperationDigest } from './operation-digest.ts'
import { noted, type Writes } from './outbox.ts'
import { differs } from './recollection.ts'
import type { RunWriter } from './run-writer.ts'
import type { SessionParts } from './session-parts.ts'
import { outcomeOf, type Settlement, settlementOf, type Waiting } from './waiting.ts'

interface Blocked extends Waiting {
  readonly settle: (outcome: Outcome) => void
}

export interface WaitsParts {
  readonly loaded: LoadedRun
  readonly definition: Definition
  readonly parts: SessionParts
  readonly writer: RunWriter
  readonly letters: LetterBox
  readonly activity: Activity
  readonly digestOf: OperationDigest
  /** The record of a settled wait, and its audit row. */
  readonly settled: (operation: WaitOperation, outcome: RecordedOutcome, rare: readonly RareWrite[]) => Writes
  /** Puts in what came since, and tells all who may wait for it. */
  readonly readMailbox: () => Promise<void>
  /** The ledger did not take a settlement. */
  readonly unsettled: (key: string) => void
  /** The run cannot go on. */
  readonly broken: (error: unknown) => void
}

/** Everything that the branches of a session wait for: opened once, settled by a letter or by the clock. */
export class RunWaits {
  readonly #of: WaitsParts
  readonly #opened: Map<string, { readonly digest: string; readonly dueAt: number | null }>
  readonly #blocked = new Map<string, Blocked>()
  readonly #relinquished = new Set<string>()

  constructor(of: WaitsParts) {
    this.#of = of
    this.#opened = new Map(of.loaded.waits.map((wait) => [wait.key, wait]))
  }

  get areOpen(): boolean {
    return this.#blocked.size > 0
  }

  get next(): Instant {
    let next = NEVER
    for (const { dueAt } of this.#blocked.values()) next = Math.min(next, dueAt ?? NEVER)
    return next
  }

  async wait(operation: WaitOperation): Promise<Outcome> {
    const { key } = operation
    const dueAt = await this.#of.activity.work(() => this.#open(operation))
    if (this.#relinquished.has(key)) return this.#withdrawn()
    return new Promise<Outcome>((settle) => {
      this.#blocked.set(key, { operation, dueAt, settle })
      this.read()
    })
  }

  relinquish(key: string): void {
    this.#relinquished.add(key)
    const blocked = this.#blocked.get(key)
    if (blocked === undefined) return
    this.#blocked.delete(key)
    blocked.settle(this.#withdrawn())
  }

  /** The branches under a path are given up; their waits are withdrawn in the same commit. */
  forget(prefix: string): void {
    for (const key of this.#opened.keys()) if (key.startsWith(prefix)) this.#opened.delete(key)
  }

  /** Settles what the letters before `until` and the clock allow. */
  read(until: number = Number.MAX_SAFE_INTEGER): void {
    const now = this.#of.parts.clock.now()
    for (const blocked of this.#blocked.values()) {
      const letters = this.#of.letters.letters.filter(({ number }) => number < until)
      const settlement = settlementOf(blocked, letters, now)
      if (settlement === undefined) continue
      this.#blocked.delete(blocked.operation.key)
      if (settlement.kind === 'letter') this.#of.letters.take(settlement.letter)
      this.#of.activity.work(() => this.#settle(blocked, settlement)).catch(this.#of.broken)
    }
  }

  #withdrawn(): Outcome {
    return { kind: 'withdrawn', at: this.#of.parts.clock.now() }
  }

  async #open(operation: WaitOperation): Promise<Instant | undefined> {
    const { key, kind, name, within, since } = operation
    const { parts, loaded, writer } = this.#of
    const digest = this.#of.digestOf(operation)
    const opened = this.#opened.get(key)
    if (opened !== undefined && opened.digest !== digest)
      throw differs(`at "${key}" the run waits for something else than the flow now asks for`)
    if (opened !== undefined) return opened.dueAt ?? undefined
    const dueAt = within === undefined ? undefined : after(since, within, await parts.calendarOf(loaded.tenant))
    const wait = { key, kind, name, digest, opened_ms: parts.clock.now(), due_ms: dueAt ?? null }
    const task = kind === 'gate' ? await this.#task(operation, digest, dueAt) : []
    this.#opened.set(key, { digest, dueAt: dueAt ?? null })
    writer.add({
      records: [],
      audits: [noted('wait.opened', key, null, kind)],
      rare: [{ op: 'wait.open', body: wait }, ...task],
    })
    return dueAt
  }

  async #task(
    { key, name, input, escalates }: WaitOperation,
    digest: string,
    dueAt: Instant | undefined,
  ): Promise<readonly RareWrite[]> {
    const { workflow } = this.#of.definition
    const gate = workflow.contract.gates[name]
    if (gate === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no gate ${name}`)
    const packet = canonical(await parse(gate.packet, input, `packet of ${name}`))
    checkSize(`the packet of ${key}`, packet)
    const body = {
      id: newTaskId(),
      key,
      gate: name,
      packet,
      digest,
      subject: subjectDigest(JSON.parse(packet), gate.subject),
      authorises: authorisedBy(gate, workflow.steps),
      slots: slotsOf(gate, input, escalates !== undefined),
      requester: this.#of.loaded.requester,
      due_ms: dueAt ?? null,
      escalated_from: escalates ?? null,
    }
    return [{ op: 'task.open', body }]
  }

  async #settle(blocked: Blocked, settlement: Settlement): Promise<void> {
    const { operation } = blocked
    const outcome = await this.#checked(operation, outcomeOf(operation, settlement))
    const closed: RareWrite = { op: 'wait.close', body: { key: operation.key } }
    if (settlement.kind === 'letter') {
      this.#of.writer.add(this.#of.settled(operation, outcome, [closed, consume(settlement.letter, operation.key)]))
    } else if (!(await this.#writeExpiry(blocked, outcome, closed))) {
      this.#blocked.set(operation.key, blocked)
      await this.#of.readMailbox()
      return
    }
    this.#opened.delete(operation.key)
    blocked.settle(outcome)
  }

  /** A deadline counts only if no letter came that this session has not seen: the ledger compares, in the same statement. */
  async #writeExpiry({ operation }: Blocked, outcome: RecordedOutcome, closed: RareWrite): Promise<boolean> {
    const { definition, writer, letters } = this.#of
    const gate = operation.kind === 'gate' ? definition.workflow.contract.gates[operation.name] : undefined
    const state = gate?.escalate !== undefined && operation.escalates === undefined ? 'escalated' : 'expired'
    const task: RareWrite[] = gate === undefined ? [] : [{ op: 'task.close', body: { key: operation.key, state } }]
    const extra = this.#of.settled(operation, outcome, [closed, ...task])
    const written = await writer.writeIfNoLetter({ mailbox: letters.count, extra })
    if (!written) this.#of.unsettled(operation.key)
    return written
  }

  /** A signal's payload was checked when it came in; it is checked again here, where the flow trusts it. */
  async #checked(operation: WaitOperation, outcome: RecordedOutcome): Promise<RecordedOutcome> {
    const signal =
      operation.kind === 'signal' ? this.#of.definition.workflow.contract.signals[operation.name] : undefined
    if (signal === undefined || outcome.kind !== 'value') return outcome
    return { ...outcome, value: await parse(signal.payload, outcome.value, `payload of ${operation.name}`) }
  }
}
