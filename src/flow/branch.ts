/**
 * One branch of a flow: gives the flow function its calls, and turns them into operations with stable keys.
 *
 * 1. A branch is sequential: at most one operation of it is in flight, so its keys follow from its code alone.
 * 2. A key is the path of branch names and the name of the operation, each with its occurrence in its branch.
 * 3. Which branch won a race, or failed first in an `all`, is recorded before anything that depends on it.
 * 4. A cancelled branch waits for what it has in flight and starts nothing new.
 * 5. A race takes back what its losers did before it returns, unless one of them came to a pivot.
 */
import { Cancelled, Ended, isEnding, StepFailed, Stuck } from './endings.ts'
import { fraction } from './fraction.ts'
import type { Host, Operation, Outcome } from './host.ts'
import type { GateManifest, Manifest } from './manifest.ts'
import type { Duration, Instant } from './time.ts'

/** What all branches of a run share. */
export interface Shared {
  readonly host: Host
  readonly manifest: Manifest
  pivoted: boolean
}

type BranchFunction = (flow: object) => Promise<unknown>
interface Opened {
  readonly name: string
  readonly body: BranchFunction
  readonly child: Branch
}
interface LadderOptions {
  readonly within: Duration
  readonly remind?: {
    readonly after: readonly Duration[]
    readonly by: (flow: object, rung: number) => Promise<unknown>
  }
}

export class Branch {
  readonly api: object
  readonly #shared: Shared
  readonly #path: string
  readonly #occurrences = new Map<string, number>()
  readonly #children = new Set<Branch>()
  /** The word that is being carried out, and the key of the operation it has asked the host for. */
  #inFlight: { readonly word: string; key: string | undefined } | undefined
  #cancelled: Cancelled | undefined
  /** Calls that were refused since. */
  #refused = 0
  #now: Instant

  constructor(shared: Shared, path: string, now: Instant) {
    this.#shared = shared
    this.#path = path
    this.#now = now
    this.api = this.#words()
  }

  #words(): object {
    const { manifest, host } = this.#shared
    const { steps, gates, signals } = manifest
    return {
      ...named(Object.keys(steps), (name, input) => this.#enter(name, () => this.#step(name, input))),
      ...named(Object.keys(gates), (name, packet) => this.#enter(name, () => this.#gate(name, packet))),
      ...named(Object.keys(signals), (name, options) => this.#enter(name, () => this.#signal(name, options))),
      run: { id: host.run.id, workflow: manifest.workflow, version: manifest.version },
      now: () => this.#now,
      id: () => `${host.run.id}/${this.#key('id')}`,
      random: () => fraction(`${host.run.id}/${this.#key('random')}`),
      sleep: (duration: Duration) => this.#enter('sleep', () => this.#sleep(duration)),
      all: (branches: Record<string, BranchFunction>) => this.#enter('all', () => this.#together('all', branches)),
      race: (branches: Record<string, BranchFunction>) => this.#enter('race', () => this.#race(branches)),
      each: (
        items: readonly { readonly id: string }[],
        body: (flow: object, item: { readonly id: string }) => Promise<unknown>,
      ) => this.#enter('each', () => this.#each(items, body)),
      abandon: (ending: string) => new Ended(ending, `the flow ended the run as "${ending}"`),
    }
  }

  #key(name: string): string {
    const occurrence = (this.#occurrences.get(name) ?? 0) + 1
    this.#occurrences.set(name, occurrence)
    return `${this.#path}${name}${occurrence === 1 ? '' : `#${occurrence}`}`
  }

  async #enter<T>(word: string, work: () => Promise<T>): Promise<T> {
    if (this.#cancelled !== undefined) {
      this.#refused += 1
      // A loop that swallows every refusal would never let anything else run.
      if (this.#refused > REFUSALS_MAX) await forever
      throw this.#cancelled
    }
    if (this.#inFlight !== undefined) {
      throw new Stuck(
        'LANGUAGE_RULE',
        `flow.${word} was called while flow.${this.#inFlight.word} of the same branch is unfinished: await it, or give each its own branch with flow.all`,
      )
    }
    this.#inFlight = { word, key: undefined }
    try {
      return await work()
    } finally {
      this.#inFlight = undefined
    }
  }

  /** Throws in a branch that was cancelled. */
  #goOn(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled
  }

  /** Asks the host; a branch that was cancelled meanwhile learns nothing of the answer. */
  async #perform(operation: Operation): Promise<Exclude<Outcome, { kind: 'withdrawn' }>> {
    this.#goOn()
    if (this.#inFlight !== undefined) this.#inFlight.key = operation.key
    const outcome = await this.#shared.host.perform(operation)
    if (this.#inFlight !== undefined) this.#inFlight.key = undefined
    this.#goOn()
    if (outcome.kind === 'withdrawn')
      throw new Stuck('LANGUAGE_RULE', `${operation.key} was withdrawn although its branch goes on`)
    this.#now = Math.max(this.#now, outcome.at)
    return outcome
  }

  async #step(name: string, input: unknown): Promise<unknown> {
    const outcome = await this.#perform({
      kind: 'step',
      key: this.#key(name),
      name,
      input: input ?? null,
      afterPivot: this.#shared.pivoted,
    })
    if (outcome.kind === 'failed') throw new StepFailed(name, outcome.value.code, outcome.value.why)
    if (this.#shared.manifest.steps[name]?.pivot === true) this.#shared.pivoted = true
    return valueOf(outcome, name)
  }

  async #sleep(duration: Duration): Promise<void> {
    await this.#wait('sleep', this.#key('sleep'), 'sleep', null, duration, this.#now)
  }

  #wait(
    kind: 'gate' | 'signal' | 'sleep',
    key: string,
    name: string,
    input: unknown,
    within: Duration | undefined,
    since: Instant,
    escalates?: string,
  ) {
    return this.#perform({ kind, key, name, input, within, since, escalates })
  }

  async #gate(name: string, packet: unknown): Promise<unknown> {
    const outcome = await this.#decision(name, packet ?? null, definedGate(this.#shared.manifest, name))
    switch (outcome.kind) {
      case 'rejected':
        throw new Ended('rejected', `${name}: rejected: ${outcome.value.why}`)
      case 'returned':
        return { outcome: 'returned', ...outcome.value }
      case 'expired':
        if (definedGate(this.#shared.manifest, name).onExpiry === 'value') return { outcome: 'expired' }
        throw new Ended('expired', `${name}: nobody decided in time`)
      default:
        return valueOf(outcome, name)
    }
  }

  /** Asks; when nobody answers in time and the gate escalates, asks once more with more people. It never passes by itself. */
  async #decision(name: string, packet: unknown, { within, escalate }: GateManifest) {
    const key = this.#key(name)
    const since = this.#now
    const first = await this.#wait('gate', key, name, packet, escalate?.after ?? within, since)
    if (first.kind !== 'expired' || escalate === undefined) return first
    return this.#wait('gate', `${key}/escalated`, name, packet, within, this.#now, key)
  }

  async #signal(name: string, options: unknown): Promise<unknown> {
    const key = this.#key(name)
    if (options === undefined)
      return this.#received(name, await this.#wait('signal', key, name, null, undefined, this.#now))
    // The compiler checked the options against the type of the call.
    const outcome = await this.#ladder(name, key, options as LadderOptions)
    return outcome.kind === 'expired' ? { timedOut: true } : { timedOut: false, value: this.#received(name, outcome) }
  }

  #received(name: string, outcome: Outcome): unknown {
    const value = valueOf(outcome, name)
    if (this.#shared.manifest.signals[name]?.pivot === true) this.#shared.pivoted = true
    return value
  }

  /** Waits from rung to rung; all are counted from the start, so that a late reminder does not move the deadline. */
  async #ladder(name: string, key: string, { within, remind }: LadderOptions): Promise<Outcome> {
    const since = this.#now
    for (const [index, rung] of (remind?.after ?? []).entries()) {
      const outcome = await this.#wait(
        'signal',
        index === 0 ? key : `${key}/rung-${index + 1}`,
        name,
        null,
        rung,
        since,
      )
      if (outcome.kind !== 'expired') return outcome
      const child = new Branch(this.#shared, `${key}/reminder-${index + 1}/`, this.#now)
      await this.#run(child, (flow) => remind?.by(flow, index + 1) ?? Promise.resolve())
      this.#now = Math.max(this.#now, child.#now)
    }
    return this.#wait('signal', remind === undefined ? key : `${key}/last`, name, null, within, since)
  }

  #open(branches: Record<string, BranchFunction>): readonly Opened[] {
    return Object.entries(branches).map(([name, body]) => {
      if (!/^[^/#\s]+$/.test(name))
        throw new Stuck(
          'LANGUAGE_RULE',
          `a branch cannot be named ${JSON.stringify(name)}: no slash, no # and no space`,
        )
      return { name, body, child: new Branch(this.#shared, `${this.#key(name)}/`, this.#now) }
    })
  }

  async #run(child: Branch, body: BranchFunction): Promise<unknown> {
    this.#children.add(child)
    if (this.#cancelled !== undefined) child.cancel(this.#cancelled)
    try {
      const value = await body(child.api)
      child.finish()
      return value
    } finally {
      this.#children.delete(child)
    }
  }

  async #each(
    items: readonly { readonly id: string }[],
    body: (flow: object, item: { readonly id: string }) => Promise<unknown>,
  ) {
    if (new Set(items.map(({ id }) => id)).size !== items.length)
      throw new Stuck('LANGUAGE_RULE', 'flow.each was given two items with one id')
    const results = await this.#together(
      'each',
      Object.fromEntries(items.map((item) => [item.id, (flow: object) => body(flow, item)])),
    )
    return items.map(({ id }) => ({ id, result: results[id] }))
  }

  /**
   * Every branch to its end; the first failure cancels the rest, and waits for them before it is thrown.
   * Once the failure is on record only the branch that failed is replayed: the others are doomed and must start nothing new.
   */
  async #together(word: string, branches: Record<string, BranchFunction>): Promise<Record<string, unknown>> {
    const key = this.#key(word)
    const opened = this.#open(branches)
    const failures: { readonly name: string; readonly error: unknown }[] = []
    const results = await Promise.all(
      this.#replayed(key, opened).map(async ({ name, body, child }) => {
        try {
          return [name, await this.#run(child, body)] as const
        } catch (error) {
          if (failures.length === 0) cancelOthers(opened, child, `${name} failed`)
          failures.push({ name, error })
          return [name, undefined] as const
        }
      }),
    )
    const [first] = failures
    if (first === undefined) {
      this.#now = Math.max(this.#now, ...opened.map(({ child }) => child.#now))
      return Object.fromEntries(results)
    }
    if (isEnding(first.error)) await this.#choose(word, key, first.name, opened)
    throw first.error
  }

  async #race(branches: Record<string, BranchFunction>): Promise<unknown> {
    const key = this.#key('race')
    const opened = this.#open(branches)
    const endings = this.#replayed(key, opened).map(({ name, body, child }) =>
      this.#run(child, body).then(
        (value) => ({ name, child, value, failed: false, error: undefined }),
        (error: unknown) => ({ name, child, value: undefined, failed: true, error }),
      ),
    )
    const first = await Promise.race(endings)
    cancelOthers(opened, first.child, `${first.name} won`)
    await Promise.all(endings)
    if (first.failed && !isEnding(first.error)) throw first.error
    await this.#choose('race', key, first.name, opened)
    await this.#undoLosers(opened, first.name)
    if (first.failed) throw first.error
    return { winner: first.name, value: first.value }
  }

  /** The branches that run: all of them, or only the one that the ledger says was chosen. */
  #replayed(key: string, opened: readonly Opened[]): readonly Opened[] {
    const known = this.#shared.host.recall(key)
    return known?.kind === 'value' ? opened.filter(({ name }) => name === known.value) : opened
  }

  /** The clock goes on from the choice, not from the losers: what they learned is not replayed. */
  async #choose(word: string, key: string, branch: string, opened: readonly Opened[]): Promise<void> {
    const closes = opened.filter(({ name }) => name !== branch).map(({ child }) => child.#path)
    await this.#perform({ kind: 'choice', key, name: word, input: branch, closes })
  }

  /** Of all losers together: latest start first, whichever branch it was in. What lost after its own pivot is left to a person. */
  async #undoLosers(opened: readonly Opened[], winner: string): Promise<void> {
    const { host } = this.#shared
    const lost = opened.filter(({ name }) => name !== winner).map(({ child }) => child.#path)
    const doomed = host.undoable(this.#path).filter(({ key }) => lost.some((path) => key.startsWith(path)))
    for (const { key } of doomed) {
      const bound = lost.find((path) => key.startsWith(path) && host.pivoted(path))
      if (bound !== undefined && host.recall(`undo ${key}`) === undefined)
        throw new Stuck(
          'AFTER_PIVOT',
          `the branch ${bound} lost its race after its pivot, and ${key} is not undone by itself`,
        )
    }
    for (const { key, name: step } of doomed) {
      await this.#perform({ kind: 'undo', key: `undo ${key}`, name: step, of: key, parks: false })
    }
  }

  /** Starts nothing new; what is in flight is waited for, what only waits is given up. */
  cancel(reason: Cancelled): void {
    this.#cancelled ??= reason
    for (const child of this.#children) child.cancel(reason)
    if (this.#inFlight?.key !== undefined) this.#shared.host.relinquish(this.#inFlight.key)
  }

  finish(): void {
    if (this.#inFlight === undefined) return
    throw new Stuck(
      'LANGUAGE_RULE',
      `the branch ${this.#path || 'of the run'} ended while flow.${this.#inFlight.word} is unfinished: await it`,
    )
  }
}

/** How many calls a cancelled branch may make in vain before it is left waiting. */
const REFUSALS_MAX = 100
const forever = new Promise<never>(() => {})

const cancelOthers = (opened: readonly Opened[], spared: Branch, why: string): void => {
  for (const { child } of opened) if (child !== spared) child.cancel(new Cancelled(why))
}

const named = (names: readonly string[], call: (name: string, input: unknown) => Promise<unknown>): object =>
  Object.fromEntries(names.map((name) => [name, { [name]: (input?: unknown) => call(name, input) }[name]]))

function valueOf(outcome: Outcome, name: string): unknown {
  if (outcome.kind === 'value') return outcome.value
  throw new Stuck('LANGUAGE_RULE', `flow.${name} was answered "${outcome.kind}", which it cannot be`)
}

function definedGate(manifest: Manifest, name: string): GateManifest {
  const gate = manifest.gates[name]
  if (gate === undefined) throw new Stuck('LANGUAGE_RULE', `the workflow has no gate ${name}`)
  return gate
}
