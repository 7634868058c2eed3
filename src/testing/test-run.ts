import { randomUUID } from 'node:crypto'
import { decideTask } from '../decisions/decide-task.ts'
import type { DecisionParts } from '../decisions/decision-parts.ts'
import type { CommandParts } from '../engine/commands/command-parts.ts'
import type { Side } from '../ledger/requests/moves.ts'
import { moveRun } from '../engine/commands/move-run.ts'
import { cancelRun, retryRun } from '../engine/commands/run-commands.ts'
import { type ResolveCommand, resolveEffect } from '../engine/commands/resolve-effect.ts'
import { sendSignal } from '../engine/commands/send-signal.ts'
import type { Role } from '../flow/gate.ts'
import type { Instant } from '../flow/time.ts'
import type { RunId, TenantId } from '../ledger/ids.ts'
import { readRun } from '../ledger/reading/runs.ts'
import type { RunView, TaskRow } from '../ledger/reading/run-view.ts'
import { actor } from './test-organisation.ts'

/** What a run needs of the world it is in. */
export interface RunSurroundings {
  readonly parts: CommandParts & DecisionParts
  readonly tenant: TenantId
  advanceTo(instant: Instant): Promise<void>
  settle(): Promise<void>
}

/** One run in a test: what people and the outside do to it, and what it has become. */
export class TestRun {
  readonly id: RunId
  readonly #world: RunSurroundings

  constructor(world: RunSurroundings, id: RunId) {
    this.#world = world
    this.id = id
  }

  /** Everything the ledger knows of the run. */
  async view(): Promise<RunView> {
    const { parts, tenant } = this.#world
    const view = await readRun(parts.database, tenant, this.id)
    if (view === undefined) throw new Error(`the ledger has no run ${this.id}`)
    return view
  }

  /** `completed`, or how it ended; undefined while it lives. */
  async outcome(): Promise<string | undefined> {
    return (await this.view()).outcome ?? undefined
  }

  /**
   * Lets time pass until the run waits at this gate or for this signal, or (without a name) has ended. Throws when it ends, is
   * stuck or waits for ever somewhere else first.
   */
  async runUntil(name?: string): Promise<RunView> {
    for (;;) {
      const view = await this.view()
      if (name === undefined ? view.status === 'ended' : view.waits.some((wait) => wait.name === name)) return view
      const due = view.waits.map(({ dueAt }) => dueAt).filter((at) => at !== null)
      if (view.status !== 'waiting' || due.length === 0)
        throw new Error(`the run does not come to ${name ?? 'its end'}: ${said(view)}`)
      await this.#world.advanceTo(Math.min(...due))
    }
  }

  /** The open task of the run; of the gate with this name where several are open. */
  async task(gate?: string): Promise<TaskRow> {
    const view = await this.view()
    const task = view.tasks.find(
      (candidate) => candidate.state === 'open' && (gate === undefined || candidate.gate === gate),
    )
    if (task === undefined)
      throw new Error(`the run has no open task${gate === undefined ? '' : ` ${gate}`}: ${said(view)}`)
    return task
  }

  /** Approves as the person of that role. Throws `Refusal`, and then nothing was decided. */
  approveAs(role: Role, value: unknown = {}, gate?: string): Promise<void> {
    return this.#decide(role, { verdict: 'approve', value }, gate)
  }
  rejectAs(role: Role, comments: string, gate?: string): Promise<void> {
    return this.#decide(role, { verdict: 'reject', comments }, gate)
  }
  returnAs(role: Role, comments: string, gate?: string): Promise<void> {
    return this.#decide(role, { verdict: 'return', comments }, gate)
  }

  /** Delivers a signal as an operator would. The same id twice is one signal. */
  async signal(signal: string, payload: unknown, id: string = randomUUID()): Promise<void> {
    await sendSignal(this.#world.parts, this.#operator, { run: this.id, signal, payload, id })
    await this.#world.settle()
  }

  async cancel({ undo = true, why = 'not wanted any more' } = {}): Promise<void> {
    await cancelRun(this.#world.parts, this.#operator, { run: this.id, undo, why })
    await this.#world.settle()
  }

  async retry(why = 'try again'): Promise<void> {
    await retryRun(this.#world.parts, this.#operator, { run: this.id, why })
    await this.#world.settle()
  }

  /** Moves the run to another engine, and lets it go as far as it can there. */
  async moveTo(to: Side, why = 'the other engine'): Promise<void> {
    await moveRun(this.#world.parts, this.#operator, { run: this.id, to, why })
    await this.#world.settle()
  }

  /** Settles an effect that is in doubt, or an undo that was parked. */
  async resolve(command: Omit<ResolveCommand, 'run'>): Promise<void> {
    await resolveEffect(this.#world.parts, this.#operator, { run: this.id, ...command })
    await this.#world.settle()
  }

  get #operator() {
    return actor(this.#world.tenant, 'operator')
  }

  async #decide(
    role: Role,
    decision: {
      readonly verdict: 'approve' | 'return' | 'reject'
      readonly value?: unknown
      readonly comments?: string
    },
    gate?: string,
  ) {
    const { id, digest } = await this.task(gate)
    await decideTask(this.#world.parts, actor(this.#world.tenant, role), { task: id, digest, ...decision })
    await this.#world.settle()
  }
}

const said = ({ status, outcome, why, stuckCode, waits }: RunView): string =>
  `it is ${status}${outcome === null ? '' : ` as ${outcome}`}${stuckCode === null ? '' : ` (${stuckCode})`}${why === null ? '' : `: ${why}`}; it waits for ${waits.map(({ name }) => name).join(', ') || 'nothing'}`
