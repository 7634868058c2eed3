import { Stuck } from '../../flow/endings.ts'
import type { GroupCommit } from '../../ledger/group-commit.ts'
import type { LoadedRun } from '../../ledger/load-runs.ts'
import type { NewRun, Next, RunPatch, Verdict } from '../../ledger/patch.ts'
import { isNothing, join, nothing, noted, type Writes } from './outbox.ts'

/** The session may not write any more: another worker has the run, or the process stops. */
export class HoldLost extends Error {
  override readonly name = 'HoldLost'
}

/** What was to be written is on record already, or another attempt has gone further: read the ledger again. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** The caller's idempotency key was used before: there is a run already. */
export class KnownStart extends Error {
  override readonly name = 'KnownStart'
  readonly run: string
  readonly digest: string
  constructor(run: string, digest: string) {
    super(`the run ${run} was started with this key`)
    this.run = run
    this.digest = digest
  }
}

export interface Begin {
  readonly create: NewRun
  readonly idempotency: { readonly key: string; readonly digest: string } | undefined
}

/** Writes that count only if the ledger confirms what they were decided on. */
export interface Guarded {
  readonly mailbox: number
  readonly extra?: Writes
}

/** What one run writes, in order: at most one patch is in flight, so its records have no gaps. */
export class RunWriter {
  /** Settles when the run's creation is durable. */
  readonly created: Promise<void>
  pivoted: boolean
  readonly #loaded: LoadedRun
  readonly #groupCommit: GroupCommit
  #create: NewRun | undefined
  #seq: number
  #batch: number
  #ready: Writes = nothing
  #sent: Promise<unknown> = Promise.resolve()
  #closed = false
  #confirmCreated: () => void = () => {}

  constructor(loaded: LoadedRun, groupCommit: GroupCommit, begin: Begin | undefined) {
    this.#loaded = loaded
    this.#groupCommit = groupCommit
    this.#seq = loaded.seq
    this.#batch = loaded.batch
    this.pivoted = loaded.pivoted
    this.#create = begin?.create
    this.created = new Promise((resolve) => {
      this.#confirmCreated = resolve
    })
    if (begin !== undefined) this.#noteCreation(begin)
  }

  get hasReady(): boolean {
    return !isNothing(this.#ready)
  }

  /** How many results wait for the next barrier. */
  get travelling(): number {
    return this.#ready.records.length
  }

  add(writes: Writes): void {
    this.#ready = join(this.#ready, writes)
  }

  /** What is ready will not be written: the ledger refuses it. */
  discard(): void {
    this.#ready = nothing
  }

  /** Whoever closed it says how the session ended. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** Nothing is sent from now on. */
  close(): void {
    this.#closed = true
  }

  /** Everything before, and `extra`, is durable when this returns. Throws `Stuck`, `HoldLost` or `KnownStart`. */
  async barrier(extra?: Writes): Promise<void> {
    const verdict = await this.#send({ status: 'running' }, undefined, extra)
    if (verdict.kind !== 'written') throw this.refusal(verdict)
  }

  /** Writes everything before and what becomes of the run. */
  async finish(next: Exclude<Next, { status: 'running' | 'waiting' }>): Promise<void> {
    const verdict = await this.#send(next, undefined, undefined)
    if (verdict.kind !== 'written') throw this.refusal(verdict)
  }

  /** Leaves the run to time, to letters or to a person. False when a letter came since: nothing was written, look again. */
  park(next: Extract<Next, { status: 'waiting' | 'stuck' }>, guarded: Guarded): Promise<boolean> {
    return this.#guarded(next, guarded)
  }

  /** Writes `extra` if no letter came since. False when one did: it was not written, look again. */
  writeIfNoLetter(guarded: Guarded): Promise<boolean> {
    return this.#guarded({ status: 'running' }, guarded)
  }

  async #guarded(next: Next, { mailbox, extra }: Guarded): Promise<boolean> {
    const verdict = await this.#send(next, mailbox, extra)
    if (verdict.kind === 'written') return true
    if (verdict.kind === 'mailbox') return false
    throw this.refusal(verdict)
  }

  /** What a refused patch means for its run. */
  refusal(verdict: Exclude<Verdict, { kind: 'written' }>): Error {
    switch (verdict.kind) {
      case 'not authorised':
        return new Stuck('NOT_AUTHORISED', verdict.why)
      case 'refused':
        this.discard()
        return new Stuck('NOT_STORABLE', `the ledger cannot keep what the run wants to write: ${verdict.why}`)
      case 'exists':
        return new KnownStart(verdict.run, verdict.digest)
      case 'superseded':
        return new Superseded(`what the run ${this.#loaded.id} would write is on record already`)
      case 'fenced':
      case 'mailbox':
        return new HoldLost(`the run ${this.#loaded.id} is held by another worker`)
    }
  }

  #send(next: Next, mailbox: number | undefined, extra: Writes | undefined): Promise<Verdict> {
    const before = this.#sent
    const turn = (async () => {
      await before
      return this.#present(next, mailbox, extra)
    })()
    this.#sent = turn.catch(() => undefined)
    return turn
  }

  /**
   * What is not written stays ready; `extra` is dropped. The patch that gives the run away is the last one: what was settled
   * while it travelled would take the run back under a lease that nobody minds.
   */
  async #present(next: Next, mailbox: number | undefined, extra: Writes | undefined): Promise<Verdict> {
    if (this.#closed) throw new HoldLost(`the session of the run ${this.#loaded.id} is over`)
    const ready = this.#ready
    const writes = extra === undefined ? ready : join(ready, extra)
    if (next.status === 'running' && isNothing(writes)) return { kind: 'written' }
    this.#ready = nothing
    const verdict = await this.#groupCommit.commit(this.#patch(writes, next, mailbox))
    if (verdict.kind !== 'written') this.#ready = join(ready, this.#ready)
    else {
      this.#written(writes)
      if (next.status !== 'running') this.close()
    }
    return verdict
  }

  #patch({ records, audits, rare }: Writes, next: Next, mailbox: number | undefined): RunPatch {
    const { tenant, id, epoch } = this.#loaded
    const numbered = records.map((record, index) => ({ ...record, seq: this.#seq + index + 1 }))
    const seq = this.#seq + records.length
    return {
      tenant,
      run: id,
      create: this.#create,
      epoch,
      batch: this.#batch + 1,
      seq,
      mailbox,
      pivoted: this.pivoted,
      next,
      records: numbered,
      audits,
      rare,
    }
  }

  #written({ records }: Writes): void {
    this.#batch += 1
    this.#seq += records.length
    if (this.#create === undefined) return
    this.#create = undefined
    this.#confirmCreated()
  }

  #noteCreation({ create, idempotency }: Begin): void {
    const audit = {
      ...noted('run.created', this.#loaded.id, null, `${create.workflow}@${create.version}`),
      actor: create.requester,
    }
    this.add({
      records: [],
      audits: [audit],
      rare: idempotency === undefined ? [] : [{ op: 'idempotency', body: idempotency }],
    })
  }
}
