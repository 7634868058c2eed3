/** What people and the outside do: they decide, settle, cancel, signal and retry, in any order, also twice and also too late. */
import { receiveVendorEvents } from '../../src/engine/commands/vendor-events.ts'
import type { Database, Session, Statement } from '../../src/ledger/database/database.ts'
import {
  askForEnd,
  askForRetry,
  type By,
  deliverSignal,
  recordDecision,
  settleEffect,
} from '../../src/ledger/requests/requests.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Trace } from './trace.ts'
import { known } from './worker.ts'
import { SETTLING_MS, type Vendors } from './vendors.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Something that waits for a person. */
interface Open {
  readonly kind: 'task' | 'doubt' | 'stuck' | 'signal'
  readonly run: string
  readonly key: string
  readonly name: string
  readonly digest: string
  readonly generation: number
  readonly due: number
}

const open: Statement = {
  name: 'simulation.open',
  text: `select 'task' as kind, run, id::text as key, gate as name, digest, 0 as generation, 0::bigint as due
      from sijil.tasks where tenant = $1 and state = 'open' and kind = 'gate'
    union all select 'doubt', run, key, state, '', generation, deadline_ms from sijil.effects e
      where tenant = $1 and state in ('in_doubt', 'parked') and exists (select from sijil.runs r where r.tenant = $1 and r.id = e.run and r.status <> 'ended')
    union all select 'stuck', id, stuck_code, why, '', 0, 0 from sijil.runs where tenant = $1 and status = 'stuck'
    union all select 'signal', run, key, name, '', 0, 0 from sijil.waits where tenant = $1 and kind = 'signal' and due_ms is null
    order by 1, 2, 3`,
}

export const staff = {
  requester: ['requester'],
  manager: ['manager'],
  'manager-2': ['manager'],
  director: ['director'],
  'director-2': ['director'],
  legal: ['legal'],
  chief: ['c-level'],
  operator: ['operator'],
} as const
const deciders = ['manager', 'manager-2', 'director', 'director-2', 'legal', 'chief', 'requester'] as const

export interface Promised {
  readonly what: 'signal' | 'decision'
  readonly run: string
  /** The signal's id, or the task's. */
  readonly id: string
  readonly person: string
}

interface Parts {
  readonly tenant: string
  readonly database: Database
  readonly time: VirtualTime
  readonly faults: Faults
  readonly random: Random
  readonly trace: Trace
  readonly vendors: Vendors
  readonly wake: (run: string) => void
}

export class People {
  /** What was acknowledged, and so must never be lost. */
  readonly promised: Promised[] = []
  readonly #retries = new Map<string, number>()
  readonly #of: Parts

  constructor(parts: Parts) {
    this.#of = parts
  }

  /** What waits for somebody. */
  async look(database: Database = this.#of.database): Promise<readonly Open[]> {
    const { tenant } = this.#of
    return database.transaction({ role: 'member', tenant }, (session) => session.query<Open>(open, [tenant]))
  }

  /** Somebody looks, and does one thing. */
  async act(runs: readonly string[]): Promise<void> {
    const { faults, random } = this.#of
    const waiting = await this.look()
    if (runs.length > 0 && faults.strikes('cancel')) await this.#cancel(random.pick(runs), random.chance(0.8))
    else if (waiting.length > 0) await this.do(random.pick(waiting))
  }

  /** False when nothing can be done yet. */
  async do(what: Open): Promise<boolean> {
    switch (what.kind) {
      case 'task':
        return this.#decide(what)
      case 'doubt':
        return this.#settle(what)
      case 'stuck':
        return this.#retry(what)
      case 'signal':
        await this.signal(what.run, what.name, `${what.key} ${this.#of.random.whole(1, 1e6)}`)
        return true
    }
  }

  async signal(run: string, name: string, id: string): Promise<void> {
    const payload = JSON.stringify({ n: this.#of.random.whole(0, 9) })
    const answer = await this.#ask(`signal ${name} ${id}`, 'partner', (session, by) =>
      deliverSignal(session, by, { run, id, kind: 'signal', name, payload }),
    )
    if (answer !== 'unknown') this.promised.push({ what: 'signal', run, id, person: 'partner' })
    this.#of.wake(run)
  }

  /** A vendor's webhook: it did what the key asked for. Repeated until it is answered. */
  async sight(effectKey: string, at: number): Promise<void> {
    const { tenant, database, wake } = this.#of
    const event = {
      connector: 'whatsapp',
      account: 'simulated',
      event: 'sent',
      reference: `wa:${effectKey}`,
      payload: {},
    }
    const parts = {
      database,
      definitions: known,
      engine: { wake },
      seal: async <Value>(_of: string, _for: string, value: Value) => value,
    }
    await receiveVendorEvents(parts, tenant, [{ ...event, id: `sent ${effectKey}`, effectKey, at: Math.floor(at) }])
  }

  async #decide({ run, key, digest }: Open): Promise<boolean> {
    const { random, faults } = this.#of
    const person = random.pick(deciders)
    const luck = random.fraction()
    const verdict = luck < 0.75 ? 'approve' : luck < 0.88 ? 'return' : 'reject'
    for (let times = faults.strikes('decision twice') ? 2 : 1; times > 0; times -= 1) {
      const { code } = await this.#ask(`${verdict} ${key}`, person, (session, by) =>
        recordDecision(session, by, { task: key, verdict, digest, value: '{}', comments: 'because' }),
      )
      if (code === 'DECIDED' || code === 'COUNTED') this.promised.push({ what: 'decision', run, id: key, person })
      if (code === 'DECIDED') this.#of.wake(run)
    }
    return true
  }

  /** The vendor's books are asked once it can no longer act on an attempt. */
  async #settle({ run, key, generation, due, name }: Open): Promise<boolean> {
    const { vendors, time } = this.#of
    if (time.wall + time.now <= due + SETTLING_MS) return false
    const happened = vendors.acted(`${run}/${key}${generation === 1 ? '' : `~${generation}`}`)
    // A vendor that has said no may say no for ever.
    const tired = (this.#retries.get(`${run}/${key}`) ?? 0) > 3
    this.#retries.set(`${run}/${key}`, (this.#retries.get(`${run}/${key}`) ?? 0) + 1)
    const output = key.startsWith('undo ')
      ? null
      : { messageId: 'found', recordId: 'found', created: true, envelopeId: 'found' }
    const resolution = happened ? { outcome: 'happened', output } : { outcome: tired ? 'abandon' : 'never' }
    const answer = await this.#ask(
      `settle ${key}, which is ${name}: ${resolution.outcome}`,
      'operator',
      (session, by) =>
        settleEffect(session, by, {
          run,
          key,
          resolution: JSON.stringify({ ...resolution, by: by.person }),
          why: 'asked',
        }),
    )
    this.#of.wake(run)
    return answer === 'RESOLVED'
  }

  /** Three times; then the run is ended as it is. */
  async #retry({ run, key }: Open): Promise<boolean> {
    // Settling the effect is what mends this.
    if (key === 'UNDO_PARKED') return false
    const tries = (this.#retries.get(run) ?? 0) + 1
    this.#retries.set(run, tries)
    if (tries > 3) return this.#cancel(run, false)
    await this.#ask('retry', 'operator', (session, by) => askForRetry(session, by, run, 'try again'))
    this.#of.wake(run)
    return true
  }

  async #cancel(run: string, undo: boolean): Promise<boolean> {
    await this.#ask(`cancel${undo ? '' : ' without undo'}`, 'operator', (session, by) =>
      askForEnd(session, by, { run, undo, why: 'not wanted any more' }),
    )
    this.#of.wake(run)
    return true
  }

  async #ask<T>(what: string, person: string, ask: (session: Session, by: By) => Promise<T>): Promise<T> {
    const { tenant, database, trace } = this.#of
    const answer = await database.transaction({ role: 'member', tenant }, (session) =>
      ask(session, { tenant, person, source: 'simulation' }),
    )
    trace.note(`${person}: ${what}: ${JSON.stringify(answer)}`)
    return answer
  }
}
