/** One seed: several workers over one ledger, with one source of chance for time, network, database, people and deaths. */
import type { Database } from '../../src/ledger/database/database.ts'
import { readSoonest } from '../../src/ledger/load-runs.ts'
import { type FaultKind, type FaultLimits, Faults } from './faults.ts'
import { People, staff } from './people.ts'
import { Random } from './random.ts'
import { drawShape, shapePolicies } from './shape.ts'
import { brokenPromises, type Started, unsoundRuns, wrongActs } from './soundness.ts'
import { Trace } from './trace.ts'
import { type Server, UnreliableDatabase } from './unreliable-database.ts'
import { type Act, Vendors } from './vendors.ts'
import { type Owner, VirtualTime } from './virtual-time.ts'
import { known, Worker } from './worker.ts'

export interface SimulationSettings {
  readonly seed: number
  readonly limits: FaultLimits
  /** Of the runs that the seed asks for, so many are started at most. */
  readonly runsMax: number
  /** Whether the answers of the database are part of the trace. */
  readonly isDeep: boolean
}

export interface Lived {
  readonly seed: number
  readonly tenant: string
  /** What was wrong in the end; nothing when it is empty. */
  readonly problems: readonly string[]
  readonly trace: Trace
  readonly runs: number
  readonly moments: number
  readonly tried: ReadonlyMap<FaultKind, number>
}

/** 22 November 2026, 9:00 UTC. */
const BEGIN = Date.UTC(2026, 10, 22, 9)
/** The chaos ends here at the latest. */
const MOMENTS_MAX = 500
/** A simulation that needs more than this after everything was healed does not come to an end. */
const EVENTS_MAX = 30_000
/** Beyond any deadline: what waits so long waits for ever. */
const FAR_MS = 1e15
const LEAP_MS = 1_000

/** Lives one seed on a ledger on which nothing else is going on. Leaves its rows behind, all of them at rest. */
export async function simulate(ledger: Database, settings: SimulationSettings): Promise<Lived> {
  const simulation = new Simulation(ledger, settings)
  using _installed = simulation.time.install(new Random(settings.seed, 'bytes'))
  return await simulation.live()
}

class Simulation {
  readonly time = new VirtualTime(BEGIN)
  readonly #settings: SimulationSettings
  readonly #ledger: Database
  readonly #tenant: string
  readonly #random: Random
  readonly #faults: Faults
  readonly #trace: Trace
  readonly #server: Server
  readonly #vendors: Vendors
  readonly #people: People
  readonly #outside: Owner = { name: 'people', isDead: false, frozenUntil: 0 }
  readonly #started: Started[] = []
  readonly #problems: string[] = []
  /** The shorter a lease, the more runs are taken over while a call is in flight. */
  readonly #leaseMs: number
  #workers: Worker[] = []
  #names = 0
  #acting = 0
  /** The soonest deadline in the ledger, as far as nothing was asked of it since. */
  #due: { readonly at: number; readonly asked: number } | undefined

  constructor(ledger: Database, settings: SimulationSettings) {
    const { seed, limits } = settings
    this.#settings = settings
    this.#ledger = ledger
    this.#tenant = `s${seed}`
    this.#random = new Random(seed, 'course')
    this.#leaseMs = this.#random.pick([2_000, 4_000, 10_000])
    const moments = Math.min(limits.until, this.#random.whole(50, MOMENTS_MAX))
    this.#faults = new Faults(seed, { ...limits, until: moments })
    this.#trace = new Trace(this.time, settings.isDeep)
    const common = { time: this.time, faults: this.#faults, trace: this.#trace }
    this.#server = {
      ...common,
      ledger,
      random: new Random(seed, 'network'),
      downUntil: 0,
      fullUntil: 0,
      asked: 0,
    }
    this.#vendors = new Vendors({ ...common, random: new Random(seed, 'vendors'), onAct: (act) => this.#tell(act) })
    this.#people = new People({
      ...common,
      tenant: this.#tenant,
      database: new UnreliableDatabase(this.#server, this.#outside),
      random: new Random(seed, 'people'),
      vendors: this.#vendors,
      wake: (run) => this.#somebody()?.wake(run),
    })
  }

  async live(): Promise<Lived> {
    const strange = (error: unknown): void => {
      this.#problems.push(`nobody caught ${describe(error)}`)
    }
    process.on('unhandledRejection', strange)
    try {
      await this.#found()
      this.#begin()
      await this.#chaos()
      await this.#heal()
      await this.#judge()
    } catch (error) {
      strange(error)
    } finally {
      for (const worker of this.#workers) worker.die()
      await this.time.settle()
      process.off('unhandledRejection', strange)
    }
    const { seed } = this.#settings
    return {
      seed,
      tenant: this.#tenant,
      problems: this.#problems,
      trace: this.#trace,
      runs: this.#started.length,
      moments: this.#faults.moment,
      tried: this.#faults.tried,
    }
  }

  // — the beginning ———————————————————————————————————————————————————————————————————————————————————————————————————

  #found(): Promise<void> {
    const people = Object.entries(staff)
    return this.#ledger.transaction({ role: 'owner' }, async (session) => {
      const ask = (text: string, params: readonly (string | readonly string[])[]) =>
        session.query({ name: '', text }, params)
      await ask('insert into sijil.tenants values ($1, $1, $1, 0)', [this.#tenant])
      await ask(
        `insert into sijil.people select $1, name, name, name, array[role], sha256(convert_to($1 || name, 'UTF8'))
          from unnest($2::text[], $3::text[]) p (name, role)`,
        [this.#tenant, people.map(([name]) => name), people.map(([, [role]]) => role)],
      )
      await ask("insert into sijil.policies select $1, action, 'A', 'simulated' from unnest($2::text[]) action", [
        this.#tenant,
        shapePolicies,
      ])
    })
  }

  #begin(): void {
    const workers = this.#random.whole(2, 3)
    for (let number = 1; number <= workers; number += 1) this.#open(0)
    const runs = this.#random.whole(1, 5)
    for (let number = 1; number <= runs; number += 1) this.#plan(number)
    const looks = this.#random.whole(2, 3 * runs)
    for (let look = 1; look <= looks; look += 1) {
      this.#later(this.#random.fraction() * 120_000, () => this.#people.act(this.#started.map(({ id }) => id)))
    }
  }

  /** A process on its way: it comes up when the database can be reached. */
  #open(afterMs: number): void {
    this.#names += 1
    const worker = new Worker(`worker-${this.#names}`, this.time, this.#leaseMs)
    this.#workers.push(worker)
    this.time.after(afterMs, worker, () => {
      const database = new UnreliableDatabase(this.#server, worker)
      worker
        .start(database, this.#vendors, (error) => this.#hear(worker, error))
        .catch((error: unknown) => {
          this.#hear(worker, error)
          worker.die()
          this.#open(1_000)
        })
    })
  }

  /** A request of somebody: a run, and what will be told to it. The request is repeated until it is answered. */
  #plan(number: number): void {
    const random = new Random(this.#settings.seed, `run ${number}`)
    const input = drawShape(random)
    const at = random.fraction() * 20_000
    const signals = Array.from({ length: random.whole(0, 4) }, (_, index) => ({
      name: random.pick(['go', 'stop', 'done', 'go']),
      id: `signal-${number}-${index + 1}`,
      after: random.fraction() * 60_000,
    }))
    if (number > this.#settings.runsMax) return
    const ask = (repeat: () => void): void => {
      const worker = this.#somebody()
      const started = worker?.run({
        tenant: this.#tenant,
        workflow: 'shape',
        requester: 'requester',
        input,
        idempotency: { key: `request-${number}`, digest: `digest-${number}` },
      })
      if (started === undefined) return this.#in(500, repeat)
      this.#trace.note(`the requester asks for run ${number}: ${JSON.stringify(input)}`)
      let isAnswered = false
      const answered = ({ id }: { readonly id: string }): void => {
        if (worker?.isDead === true) return // what it says is heard by nobody
        isAnswered = true
        this.#trace.note(`run ${number} is ${id}`)
        if (this.#started.some((other) => other.number === number && other.id !== id))
          this.#problems.push(`request ${number} was answered with two runs`)
        if (this.#started.some((other) => other.id === id)) return
        this.#started.push({ number, id })
        for (const { name, id: signal, after } of signals) {
          const strange = this.#faults.strikes('signal too early or too late')
          const wait = strange ? random.pick([0, 1, 300_000]) : after
          const deliver = (): void => this.#later(wait, () => this.#people.signal(id, name, signal))
          deliver()
          if (this.#faults.strikes('signal twice')) deliver()
        }
      }
      started.created.then(answered, () => this.#in(1_000, repeat))
      this.#in(20_000, () => {
        if (!isAnswered) repeat()
      })
    }
    const again = (): void => ask(again)
    this.#in(at, again)
    if (this.#faults.strikes('start twice')) this.#in(at + random.fraction() * 500, again)
  }

  // — chaos ———————————————————————————————————————————————————————————————————————————————————————————————————————————

  async #chaos(): Promise<void> {
    while (!this.#faults.areOver && (await this.#advance())) {
      this.#faults.moment += 1
      this.#harm()
    }
    this.#faults.moment = Number.MAX_SAFE_INTEGER
  }

  #harm(): void {
    const { time } = this
    const up = this.#workers.filter(({ isUp }) => isUp)
    // Mostly somebody who is at work: there is more to lose.
    const busy = up.filter(({ loaded }) => loaded > 0)
    const at = busy.length > 0 && this.#random.chance(0.8) ? busy : up
    if (at.length > 0) {
      if (this.#faults.strikes('worker dies')) this.#die(this.#random.pick(at))
      else if (this.#faults.strikes('worker freezes')) this.#freeze(this.#random.pick(at))
      else if (this.#faults.strikes('worker stops')) this.#stop(this.#random.pick(at))
    }
    if (this.#faults.strikes('database restart')) {
      this.#server.downUntil = time.now + this.#random.around(3_000)
      this.#trace.note('the database restarts')
    }
    if (this.#faults.strikes('full disk')) {
      this.#server.fullUntil = time.now + this.#random.around(6_000)
      this.#trace.note('the disk is full')
    }
    // While something is in flight leases and deadlines are only as good as the clock by which they are counted.
    if (this.#isQuiet && this.#vendors.underWay === 0 && this.#faults.strikes('clock jumps')) {
      time.wall += this.#random.around(30_000)
      this.#trace.note('the clock jumps')
    }
  }

  #die(worker: Worker): void {
    this.#trace.note(`${worker.name} dies`)
    worker.die()
    this.#open(this.#random.around(4_000))
  }

  #freeze(worker: Worker): void {
    worker.frozenUntil = this.time.now + this.#random.around(20_000)
    this.#trace.note(`${worker.name} freezes until ${worker.frozenUntil.toFixed(2)}`)
  }

  #stop(worker: Worker): void {
    this.#trace.note(`${worker.name} stops`)
    void worker.stop().then(
      () => this.#open(100),
      (error: unknown) => this.#problems.push(`${worker.name} could not stop: ${describe(error)}`),
    )
  }

  /** The vendors' webhook for what WhatsApp did. */
  #tell({ what, key, at }: Act): void {
    if (what !== 'whatsapp.sendTemplate') return
    this.#later(this.#random.around(3_000), () => this.#people.sight(key, this.time.wall + at))
  }

  // — the end —————————————————————————————————————————————————————————————————————————————————————————————————————————

  async #heal(): Promise<void> {
    this.#trace.note('everything is healed')
    this.#server.downUntil = 0
    this.#server.fullUntil = 0
    for (const worker of this.#workers) worker.frozenUntil = Math.min(worker.frozenUntil, this.time.now)
    for (let round = 0; round < 400; round += 1) {
      while (await this.#advance());
      if (!(await this.#doWhatWaits())) return
    }
    this.#problems.push('the runs do not come to an end')
  }

  /** False when nothing waits for anybody. */
  async #doWhatWaits(): Promise<boolean> {
    const waiting = await this.#people.look(this.#ledger)
    if (waiting.length === 0) return false
    let done = false
    for (const what of waiting) this.#later(0, async () => void (done = (await this.#people.do(what)) || done))
    while (await this.#advance());
    // Somebody must wait before the vendors can be believed.
    if (!done) this.#in(10_000, () => undefined)
    return true
  }

  async #judge(): Promise<void> {
    const parts = { ledger: this.#ledger, tenant: this.#tenant, started: this.#started, acts: this.#vendors.acts }
    this.#problems.push(
      ...(await wrongActs(parts)),
      ...(await unsoundRuns(parts)),
      ...(await brokenPromises(parts, this.#people.promised)),
    )
  }

  // — time ————————————————————————————————————————————————————————————————————————————————————————————————————————————

  /** To the next event. False when nothing will ever happen again by itself. */
  async #advance(): Promise<boolean> {
    this.#acting += 1
    if (this.#acting > EVENTS_MAX) throw new Error('the simulation does not come to rest')
    const { nextEvent, nextTimer } = this.time
    const event = nextEvent ?? Number.POSITIVE_INFINITY
    if (this.#isQuiet && nextTimer !== undefined && nextTimer < event) {
      const next = Math.min(event, await this.#soonest())
      if (next === Number.POSITIVE_INFINITY) return false
      // Nobody has anything to do until then: the timers on the way are as late as after a sleep.
      if (next > nextTimer + LEAP_MS) this.time.now = next
    }
    return this.time.step()
  }

  get #isQuiet(): boolean {
    return this.#workers.every(({ loaded }) => loaded === 0)
  }

  /** When the ledger has something due. */
  async #soonest(): Promise<number> {
    const { asked } = this.#server
    if (this.#due?.asked !== asked) {
      const { due } = await readSoonest(this.#ledger, known.loadable)
      this.#due = { asked, at: due === null || due > FAR_MS ? Number.POSITIVE_INFINITY : due }
    }
    return Math.max(this.time.now, this.#due.at - this.time.wall)
  }

  // — helpers —————————————————————————————————————————————————————————————————————————————————————————————————————————

  #in(ms: number, run: () => void): void {
    this.time.after(ms, undefined, run)
  }

  /** Somebody does something, and does it again when the database could not be asked. */
  #later(ms: number, work: () => Promise<unknown>): void {
    this.#in(ms, () => {
      work().catch((error: unknown) => {
        if (isExpected(error)) this.#later(1_000, work)
        else this.#problems.push(`people met ${describe(error)}`)
      })
    })
  }

  #somebody(): Worker | undefined {
    const up = this.#workers.filter(({ isUp }) => isUp)
    return up.length === 0 ? undefined : this.#random.pick(up)
  }

  #hear(worker: Worker, error: unknown): void {
    this.#trace.note(`${worker.name} is troubled: ${String(error)}`)
    if (!isExpected(error)) this.#problems.push(`${worker.name} met ${describe(error)}`)
  }
}

const isExpected = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'DATABASE_INTERRUPTED' || error.code === '53100' || error.code === 'DATABASE_CLOSED')

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
