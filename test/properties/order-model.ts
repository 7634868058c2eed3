/**
 * What an order may do, as small as it can be told: where it stands, its tasks, its effects and what lies in its mailbox.
 * Written from the words of the architecture, not from the code: the ledger is held to it after every command.
 */
const DAY_MS = 86_400_000

type Gate = 'approval' | 'release'
export type Person = 'requester' | 'manager' | 'manager-2' | 'legal' | 'director'
export type Verdict = 'approve' | 'return' | 'reject'
export type Resolution = 'happened' | 'never' | 'abandon'

/** Where the run stands. Who waits has a deadline, or waits for ever. */
export type Standing =
  | { readonly at: 'approval' | 'placed' | 'release'; readonly due: number }
  | { readonly at: 'answer' | 'tell in doubt' }
  | { readonly at: 'stuck'; readonly code: 'NOT_AUTHORISED' }
  /** All that is left is the undo that a person must settle. */
  | { readonly at: 'stuck'; readonly code: 'UNDO_PARKED'; readonly outcome: string }
  | {
      readonly at: 'ended'
      readonly outcome: string
      readonly undo: 'nothing' | 'compensated' | 'incomplete' | 'skipped'
    }

interface Task {
  state: 'open' | 'approved' | 'returned' | 'rejected' | 'expired' | 'withdrawn'
  readonly slots: { readonly role: string; by: Person | null }[]
  readonly decidedBy: Set<Person>
}

const roleOf = (person: Person): string => person.replace('-2', '')
const rolesOf = { approval: ['manager', 'legal'], release: ['director'] } as const

export class OrderModel {
  now: number
  standing: Standing
  readonly tasks = new Map<Gate, Task>()
  readonly effects = new Map<string, string>()
  /** How many letters the run has had in all. */
  letters = 0
  readonly #ids = new Set<string>()
  readonly #unread: string[] = []
  /** What the vendors will say the next times. */
  readonly #faults = { tell: 0, void: 0 }

  constructor(now: number) {
    this.now = now
    this.effects.set('open', 'done')
    this.standing = this.#ask('approval')
  }

  // — commands: each answers the code that the ledger must give ——————————————————————————————————————————————————————

  decide(gate: Gate, person: Person, verdict: Verdict, isStale: boolean): string {
    const task = this.tasks.get(gate)
    if (task === undefined) return 'NO_SUCH_TASK'
    if (task.decidedBy.has(person)) return 'ALREADY_DECIDED'
    if (task.state !== 'open') return 'TASK_CLOSED'
    if (isStale) return 'STALE_DIGEST'
    if (person === 'requester') return 'OWN_REQUEST'
    const slot = task.slots.find(({ role, by }) => by === null && role === roleOf(person))
    if (slot === undefined) return 'NOT_YOUR_ROLE'
    slot.by = person
    task.decidedBy.add(person)
    if (verdict === 'approve' && task.slots.some(({ by }) => by === null)) return 'COUNTED'
    task.state = ({ approve: 'approved', return: 'returned', reject: 'rejected' } as const)[verdict]
    this.letters += 1
    this.#decided(gate, verdict)
    return 'DECIDED'
  }

  signal(name: 'placed' | 'answer', id: string): string {
    if (this.#ids.has(id)) return 'duplicate'
    this.#ids.add(id)
    this.letters += 1
    if (this.standing.at === 'ended') return 'late'
    this.#unread.push(name)
    this.#read()
    return 'accepted'
  }

  cancel(undo: boolean): string {
    if (this.standing.at === 'ended') return 'RUN_ENDED'
    this.letters += 1
    const isUndoing = this.standing.at === 'stuck' && this.standing.code === 'UNDO_PARKED'
    if (!isUndoing) this.#end('cancelled', undo)
    return 'REQUESTED'
  }

  retry(): string {
    return this.standing.at === 'stuck' ? 'RETRIED' : 'NOT_STUCK'
  }

  resolve(key: string, resolution: Resolution): string {
    const state = this.effects.get(key)
    if (state === undefined) return 'NO_SUCH_EFFECT'
    if (state !== 'in_doubt' && state !== 'parked') return 'NOT_IN_DOUBT'
    if (this.standing.at === 'ended') return 'RUN_ENDED'
    this.letters += 1
    if (key === 'tell') this.#settleTell(resolution)
    else this.#settleUndo(resolution)
    return 'RESOLVED'
  }

  pass(now: number): void {
    this.now = now
    const { standing } = this
    if (!('due' in standing) || standing.due > now) return
    if (standing.at === 'placed') return this.#tell()
    this.#close(standing.at, 'expired')
    if (standing.at === 'approval') this.#end('expired', true)
    else this.standing = { at: 'ended', outcome: 'completed', undo: 'nothing' }
  }

  fault(of: 'tell' | 'void'): void {
    this.#faults[of] += 1
  }

  // — transitions —————————————————————————————————————————————————————————————————————————————————————————————————————

  #ask(gate: Gate): Standing {
    const slots = rolesOf[gate].map((role) => ({ role, by: null }))
    this.tasks.set(gate, { state: 'open', slots, decidedBy: new Set() })
    return { at: gate, due: this.now + 3 * DAY_MS }
  }

  #close(gate: Gate, state: Task['state']): void {
    const task = this.tasks.get(gate)
    if (task?.state === 'open') task.state = state
  }

  #decided(gate: Gate, verdict: Verdict): void {
    if (verdict === 'reject') this.#end('rejected', true)
    else if (gate === 'release') this.standing = { at: 'ended', outcome: 'completed', undo: 'nothing' }
    // A packet that was returned authorises nothing, and this flow goes on all the same.
    else if (verdict === 'return') this.standing = { at: 'stuck', code: 'NOT_AUTHORISED' }
    else this.#place()
  }

  #place(): void {
    this.effects.set('place', 'done')
    this.standing = { at: 'placed', due: this.now + 30 * DAY_MS }
    this.#read()
  }

  #read(): void {
    const { at } = this.standing
    const index = at === 'placed' || at === 'answer' ? this.#unread.indexOf(at) : -1
    if (index < 0) return
    this.#unread.splice(index, 1)
    if (at === 'placed') this.#tell()
    else this.standing = this.#ask('release')
  }

  #tell(): void {
    const isUnclear = this.#faults.tell > 0
    if (isUnclear) this.#faults.tell -= 1
    this.effects.set('tell', isUnclear ? 'in_doubt' : 'done')
    this.standing = { at: isUnclear ? 'tell in doubt' : 'answer' }
    this.#read()
  }

  #settleTell(resolution: Resolution): void {
    // While it is taken back nobody acts on it any more.
    if (this.standing.at !== 'tell in doubt') return
    if (resolution === 'never') return this.#tell()
    this.effects.set('tell', resolution === 'happened' ? 'done' : 'refused')
    if (resolution === 'abandon') return this.#end('failed', true)
    this.standing = { at: 'answer' }
    this.#read()
  }

  #end(outcome: string, undo: boolean): void {
    this.#close('approval', 'withdrawn')
    this.#close('release', 'withdrawn')
    if (!undo) this.standing = { at: 'ended', outcome, undo: 'skipped' }
    else this.#takeBack(outcome)
  }

  /** The latest first; one that cannot be taken back does not keep the others. */
  #takeBack(outcome: string): void {
    const isPlaced = this.effects.get('place') === 'done'
    const isRefused = isPlaced && this.#faults.void > 0
    if (isRefused) this.#faults.void -= 1
    if (isPlaced) this.effects.set('undo place', isRefused ? 'parked' : 'done')
    this.effects.set('undo open', 'done')
    this.standing = isRefused
      ? { at: 'stuck', code: 'UNDO_PARKED', outcome }
      : { at: 'ended', outcome, undo: 'compensated' }
  }

  #settleUndo(resolution: Resolution): void {
    const { standing } = this
    if (standing.at !== 'stuck' || standing.code !== 'UNDO_PARKED')
      throw new Error('only a stuck run has a parked undo')
    const { outcome } = standing
    if (resolution === 'never') return this.#takeBack(outcome)
    this.effects.set('undo place', resolution === 'happened' ? 'done' : 'refused')
    this.standing = { at: 'ended', outcome, undo: resolution === 'happened' ? 'compensated' : 'incomplete' }
  }
}
