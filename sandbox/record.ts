import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Something that a vendor did in the world: what must not happen twice. */
export interface Act {
  readonly id: number
  readonly at: number
  readonly vendor: string
  /** `mail accepted`, `message sent`, `record written`, `envelope sent`, `envelope voided`, `envelope signed`, … */
  readonly action: string
  /** The idempotency key that came with the request. */
  readonly key: string | undefined
  /** The vendor's id of what was made or changed. */
  readonly reference: string
}

export interface SeenRequest {
  readonly id: number
  readonly at: number
  readonly vendor: string
  readonly operation: string
  readonly fault: string | undefined
  /** What was sent, or what was asked for where nothing was; bodies of mails are left out. */
  readonly body: string
}

/** A set of things of one kind, kept as JSON by id, in the order of their first writing. */
export interface Collection<Thing> {
  readonly get: (id: string) => Thing | undefined
  readonly put: (id: string, thing: Thing) => void
  readonly all: () => readonly Thing[]
  readonly count: () => number
}

/** Writes outlive the process, and need not outlive a power cut: a sandbox is asked thousands of times in a minute. */
const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists act (
    id integer primary key, at integer not null, vendor text not null, action text not null, key text, reference text not null
  ) strict;
  create table if not exists request (
    id integer primary key, at integer not null, vendor text not null, operation text not null, fault text, body text not null
  ) strict;
  create table if not exists thing (
    place integer primary key, kind text not null, id text not null, json text not null, unique (kind, id)
  ) strict;
`

/** Everything the sandbox remembers. In a file it survives the end of the process, as a vendor would. */
export class SandboxRecord {
  readonly #database: DatabaseSync
  #changes = 0
  constructor(dataDir: string | undefined) {
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true })
    this.#database = new DatabaseSync(dataDir === undefined ? ':memory:' : join(dataDir, 'sandbox.sqlite'))
    this.#database.exec(SCHEMA)
  }

  /** Acts and things written by this process: more than before when there is something new to see. */
  changes(): number {
    return this.#changes
  }

  addAct(act: Omit<Act, 'id' | 'at'>): void {
    this.#changes += 1
    this.#database
      .prepare('insert into act (at, vendor, action, key, reference) values (?, ?, ?, ?, ?)')
      .run(Date.now(), act.vendor, act.action, act.key ?? null, act.reference)
  }

  acts(): readonly Act[] {
    // The table is written by `addAct` only.
    const rows = this.#database.prepare('select * from act order by id').all() as unknown as readonly Act[]
    return rows.map((row) => ({ ...row, key: row.key ?? undefined }))
  }

  addRequest(request: Omit<SeenRequest, 'id' | 'at'>): void {
    this.#database
      .prepare('insert into request (at, vendor, operation, fault, body) values (?, ?, ?, ?, ?)')
      .run(Date.now(), request.vendor, request.operation, request.fault ?? null, request.body)
  }

  requests(): readonly SeenRequest[] {
    // The table is written by `addRequest` only.
    const rows = this.#database.prepare('select * from request order by id').all() as unknown as readonly SeenRequest[]
    return rows.map((row) => ({ ...row, fault: row.fault ?? undefined }))
  }

  collection<Thing>(kind: string): Collection<Thing> {
    const get = this.#database.prepare('select json from thing where kind = ? and id = ?')
    const all = this.#database.prepare('select json from thing where kind = ? order by place')
    const count = this.#database.prepare('select count(*) as things from thing where kind = ?')
    const put = this.#database.prepare(
      'insert into thing (kind, id, json) values (?, ?, ?) on conflict (kind, id) do update set json = excluded.json',
    )
    // Things of one kind are written by one collection only, so what comes back has its type.
    const read = (row: unknown) => JSON.parse((row as { json: string }).json) as Thing
    return {
      get: (id) => {
        const row = get.get(kind, id)
        return row === undefined ? undefined : read(row)
      },
      put: (id, thing) => {
        this.#changes += 1
        put.run(kind, id, JSON.stringify(thing))
      },
      all: () => all.all(kind).map(read),
      count: () => Number(count.get(kind)?.['things']),
    }
  }

  /** What a vendor does in one step is recorded whole or not at all. */
  together<Result>(work: () => Result): Result {
    this.#database.exec('begin immediate')
    try {
      const result = work()
      this.#database.exec('commit')
      return result
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }
}
