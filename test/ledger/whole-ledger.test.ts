/** A whole ledger moves from one database to another, with everything that is under way in it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { until } from '../../scripts/start/process-output.ts'
import { readDecisionLink } from '../../src/decisions/link-pages.ts'
import { readTask } from '../../src/decisions/tasks.ts'
import { openLinks } from '../../src/decisions/links.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { LedgerRefused, type LedgerRefusalCode } from '../../src/ledger/database/ledger-refused.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { readShape } from '../../src/ledger/database/snapshot-shape.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { MOVER } from '../../src/ledger/move/hold-still.ts'
import { type LedgerMove, moveLedger } from '../../src/ledger/move/move-ledger.ts'
import { digestOf } from '../../src/ledger/move/table-digests.ts'
import { readRun } from '../../src/ledger/reading/runs.ts'
import { copyHeadsFile } from '../../src/ledger/tree/heads-file.ts'
import { startSealer } from '../../src/ledger/tree/sealer.ts'
import { verifyLedger, verifyRows } from '../../src/ledger/verify/verify-ledger.ts'
import { tamper, temporaryDirectory } from '../support/audit-log.ts'
import { ephemeralSigner } from '../support/head-signer.ts'
import { masterKey, openOrderWorld, type OrderWorld } from '../support/order-world.ts'
import { createTestDatabase } from '../support/postgres.ts'

const DAY_MS = 86_400_000
const refused = (code: LedgerRefusalCode) => (error: unknown) => error instanceof LedgerRefused && error.code === code

/** Databases that are closed with the test. They speak as a mover, so that the world in them is not taken for a server. */
class Databases extends AsyncDisposableStack {
  async open(kind: Database['kind']): Promise<Database> {
    const database = await openDatabase(
      kind === 'pglite' ? {} : { url: await createTestDatabase(), applicationName: MOVER },
    )
    return this.adopt(database, (one) => one.close())
  }

  async world(kind: Database['kind']): Promise<OrderWorld> {
    const database = await this.open(kind)
    await migrate(database)
    return openOrderWorld(database)
  }
}

const aMove = (source: Database, target: Database, more: Partial<LedgerMove> = {}): LedgerMove => ({
  source: { database: source, name: 'the source' },
  target: { database: target, name: 'the target' },
  takeAlong: async () => {},
  check: verifyRows,
  ...more,
})

/** What every table holds, but for the tables of one database alone. */
const contents = (database: Database) =>
  database.transaction({ role: 'owner' }, async (session) => {
    const { tables, sequences } = await readShape(session, ['migrations', 'clock', 'whereabouts'])
    const digests = []
    for (const table of tables) digests.push(await digestOf(session, table))
    return { digests, sequences }
  })
const auditOf = (held: Awaited<ReturnType<typeof contents>>) => held.digests.filter(({ table }) => table !== 'audit')

const approve = async (w: OrderWorld, run: string, by: string) =>
  w.world.decide(run, by, 'approve', { value: { budget: 'ops' } })
async function placed(w: OrderWorld, id: string): Promise<string> {
  const run = await w.ordered(id)
  for (const by of ['manager', 'legal']) await approve(w, run, by)
  return run
}

for (const [from, to] of [
  ['pglite', 'postgres'],
  ['postgres', 'pglite'],
] as const) {
  describe(`A ledger that moves from ${from} to ${to}`, () => {
    test('takes along what waits, is decided, is in doubt, is unread and is due, and goes on', async () => {
      using directory = temporaryDirectory()
      await using databases = new Databases()
      const before = await databases.world(from)
      const source = before.world.database
      const half = await before.ordered('half decided')
      await approve(before, half, 'manager')
      const timed = await placed(before, 'waits for its signature')
      before.world.faults.set('whatsapp', ['unknown, acted'])
      const doubtful = await placed(before, 'told, and nobody knows')
      await before.world.signal(doubtful, 'placed', { reference: 'e' })
      const told = await placed(before, 'has a letter that nobody has read')
      const [task] = await before.world.openTasks(half)
      await before.world.close()
      await before.world.member(
        "select sijil.deliver_signal($1, $2, 'one', 'signal', 'placed', '{\"reference\":\"letter\"}', 'vendor', 'test')",
        [before.world.tenant, told],
      )
      const signer = ephemeralSigner()
      const heads = { here: directory.file('here/heads.ndjson'), there: directory.file('there/heads.ndjson') }
      const sealing = { signer, everyMs: 30_000, onProblem: (problem: unknown) => assert.fail(String(problem)) }
      const sealer = await startSealer({ ...sealing, database: source, headsFile: heads.here })
      await sealer.sealNow()
      await sealer.sealNow() // notes how far it is final
      await sealer.stop()
      assert.ok((await before.world.sql('select from sijil.sealing where seen_xmax is not null')).length > 0)
      const acts = before.world.acts.length
      const original = await contents(source)

      const target = await databases.open(to)
      const moved = await moveLedger(
        aMove(source, target, {
          takeAlong: async () => assert.equal(await copyHeadsFile(heads.here, heads.there), true),
          check: (database) => verifyLedger({ database, verify: signer.verify, headsFile: heads.there }),
        }),
      )
      assert.deepEqual([moved.outcome, moved.findings], ['moved', []])
      assert.equal(
        moved.rows,
        original.digests.reduce((sum, { rows }) => sum + rows, 0),
      )
      assert.deepEqual(auditOf(await contents(target)), auditOf(original))

      const w = await openOrderWorld(target, before)
      const foreign = await w.world.sql('select from sijil.sealing where seen_xmax is not null')
      assert.equal(foreign.length, 0, 'the sealer compares ids of this database only')
      await w.idle()
      const made = w.world.acts.map(({ what, key }) => `${what} ${key}`)
      assert.deepEqual(
        [made.length, new Set(made).size],
        [acts + 1, acts + 1],
        'the letter moves its run on; nothing is made again',
      )
      const noted = await readRun(target, w.world.tenant, told as never) // the id came from the ledger
      assert.equal(noted?.records.find(({ key }) => key === 'placed')?.outcome, 'value', 'the letter was read')

      const links = openLinks({ masterKey, baseUrl: 'https://sijil.example' })
      const { id, digest } = task ?? assert.fail('the task is open')
      const link = links.url({
        kind: 'decision',
        tenant: w.world.tenant,
        task: id,
        digest,
        person: 'legal',
        expiresAt: w.world.now + DAY_MS,
      })
      const page = await readDecisionLink(w.parts, links, link.slice(link.lastIndexOf('/') + 1))
      assert.deepEqual([page.task, page.digest], [id, digest])
      const { packet } = await readTask(w.parts, w.actor('legal'), id)
      assert.deepEqual(packet, {
        goods: { id: 'half decided', amount: 1_500 },
        supplier: { email: 'huda@example.sa', name: 'هدى' },
      })
      assert.equal(await approve(w, half, 'legal'), 'DECIDED')
      assert.equal(w.world.acts.filter(({ key }) => key.startsWith(half) && key.includes('place')).length, 1)

      assert.equal(
        await w.world.resolve(doubtful, 'tell', { outcome: 'happened', output: { messageId: 'm' } }),
        'RESOLVED',
      )
      assert.equal(await w.world.signal(doubtful, 'answer', { accepts: true, round: 1 }), 'accepted')
      await w.world.decide(doubtful, 'director', 'approve')
      assert.equal((await w.world.status(doubtful)).outcome, 'completed')

      const keysOf = async () => (await readRun(target, w.world.tenant, timed as never))?.records.map(({ key }) => key)
      await w.world.advance(30 * DAY_MS - 60_000)
      assert.ok(!(await keysOf())?.includes('placed'), 'its time is not over')
      await w.world.advance(60_000)
      assert.ok((await keysOf())?.includes('placed'), 'its time is over')
      await w.world.close()

      const there = await startSealer({ ...sealing, database: target, headsFile: heads.there })
      await there.sealNow()
      await there.stop()
      const findings = await verifyLedger({ database: target, verify: signer.verify, headsFile: heads.there })
      assert.deepEqual(findings, [])
      const arrivals = await w.world.sql("select old, new from sijil.audit where what = 'ledger.moved'")
      assert.deepEqual(arrivals, [{ old: 'the source', new: 'the target' }])
    })

    test('leaves a tombstone that engine, members, sealer and whoever opens it run into, and says where it went', async () => {
      await using databases = new Databases()
      const w = await databases.world(from)
      const run = await w.ordered()
      const [task] = await w.world.openTasks(run)
      const source = w.world.database
      await moveLedger(aMove(source, await databases.open(to)))
      const moved = refused('LEDGER_MOVED')
      await assert.rejects(migrate(source), (error: unknown) => moved(error) && /the target/.test(String(error)))
      // By statements that were prepared before.
      await assert.rejects(w.ordered(), moved)
      await assert.rejects(w.world.engine.clockMoved(), moved)
      await assert.rejects(
        w.world.member("select sijil.decide_task($1, $2, 'manager', 'approve', $3, '{}', null, 'test')", [
          w.world.tenant,
          task?.id ?? '',
          task?.digest ?? '',
        ]),
        moved,
      )
      const sealer = { database: source, signer: ephemeralSigner(), onProblem: () => {} }
      using directory = temporaryDirectory()
      const started = await startSealer({ ...sealer, headsFile: directory.file('heads') })
      await assert.rejects(started.sealNow(), moved)
      await started.stop()
      await assert.rejects(moveLedger(aMove(source, await databases.open(to))), moved)
      await w.world.close()
    })

    test('is never in two places, and is somewhere after the next attempt, wherever an attempt dies', async () => {
      await using databases = new Databases()
      const tried: string[] = []
      for (let first = 1, over = false; !over; ) {
        const w = await databases.world(from)
        const run = await w.ordered()
        await w.world.close()
        const [source, target] = [w.world.database, await databases.open(to)]
        const original = await contents(source)
        const isOpen = (database: Database) =>
          database.engine.query({ name: '', text: 'select from sijil.runs where id = $1' }, [run]).then(
            (rows) => rows.length === 1,
            () => false,
          )
        for (let decided = false; !decided; ) {
          const mortal = new Mortal(first)
          const attempt = moveLedger(aMove(mortal.of(source, 'source'), mortal.of(target, 'target')))
          const reached = await attempt.catch((error: unknown) => assert.ok(mortal.died, String(error)))
          tried.push(mortal.died ?? 'lived')
          first = mortal.points + 1
          const open = [await isOpen(source), await isOpen(target)]
          if (open[0] === true) {
            assert.deepEqual(open, [true, false], `after ${mortal.died}`)
            assert.deepEqual(await contents(source), original)
            continue
          }
          decided = true
          over = reached !== undefined && mortal.died === undefined
          const again = await moveLedger(aMove(source, target))
          assert.equal(again.outcome, open[1] === true ? 'already there' : 'finished', `after ${mortal.died}`)
          assert.deepEqual([await isOpen(source), await isOpen(target)], [false, true])
          assert.deepEqual(auditOf(await contents(target)), auditOf(original))
        }
      }
      for (const moment of [
        'source committed',
        'target committed',
        'source to commit',
        'target to commit',
        'source asks',
        'target asks',
      ])
        assert.ok(tried.includes(moment), `it died where ${moment}`)
    })
  })
}

/** Of the statements inside a transaction every so many are died at: what they leave behind is the same, nothing. */
const STRIDE = 11

/** A mover that dies at the first moment from the given one on at which it may. */
class Mortal {
  points = 0
  died: string | undefined
  readonly #first: number

  constructor(first: number) {
    this.#first = first
  }

  of(database: Database, side: string): Database {
    return {
      kind: database.kind,
      engine: database.engine,
      script: async (text) => {
        this.#reach(`${side} to commit`)
        await database.script(text)
        this.#reach(`${side} committed`)
      },
      transaction: async (who, work) => {
        const result = await database.transaction(who, async (session) => {
          const worked = await work({
            query: async (statement, params) => {
              this.#reach(`${side} asks`)
              return session.query(statement, params)
            },
          })
          this.#reach(`${side} to commit`)
          return worked
        })
        this.#reach(`${side} committed`)
        return result
      },
      close: async () => {},
    }
  }

  #reach(moment: string): void {
    if (this.died === undefined) {
      this.points += 1
      const may = !moment.endsWith('asks') || this.points % STRIDE === 0
      if (this.points < this.#first || !may) return
      this.died = moment
    }
    throw new Error(`the mover died: ${this.died}`)
  }
}

describe('A move of a ledger is refused, and nothing is changed,', () => {
  test('where the target holds anything', async () => {
    await using databases = new Databases()
    const [mine, other] = [await databases.world('pglite'), await databases.world('postgres')]
    for (const w of [mine, other]) await w.world.close()
    const [source, target] = [mine.world.database, other.world.database]
    const held = [await contents(source), await contents(target)]
    await assert.rejects(moveLedger(aMove(source, target)), refused('MOVE_TARGET_NOT_EMPTY'))
    assert.deepEqual([await contents(source), await contents(target)], held)
    for (const database of [source, target]) assert.deepEqual(await migrate(database), [], 'it is open')
    await moveLedger(aMove(target, await databases.open('pglite')))
    await assert.rejects(moveLedger(aMove(source, target)), refused('MOVE_TARGET_NOT_EMPTY'))
  })

  test('where the target is the copy of another ledger that has not arrived; nobody may use that one', async () => {
    await using databases = new Databases()
    const [mine, other] = [await databases.world('pglite'), await databases.world('pglite')]
    for (const w of [mine, other]) await w.world.close()
    const target = await databases.open('postgres')
    const dies = aMove(other.world.database, target, { check: () => Promise.reject(new Error('died')) })
    await assert.rejects(moveLedger(dies), /died/)
    await assert.rejects(moveLedger(aMove(mine.world.database, target)), refused('MOVE_TARGET_TAKEN'))
    await assert.rejects(migrate(target), refused('LEDGER_ARRIVING'))
    await assert.rejects(target.engine.query({ name: '', text: 'select from sijil.runs' }), refused('LEDGER_ARRIVING'))
    await assert.rejects(moveLedger(aMove(target, await databases.open('pglite'))), refused('LEDGER_ARRIVING'))
    assert.deepEqual(await migrate(mine.world.database), [], 'it is open')
    assert.equal((await moveLedger(aMove(other.world.database, target))).outcome, 'moved')
  })

  test('where another move of it was quicker', async () => {
    await using databases = new Databases()
    const w = await databases.world('postgres')
    await w.ordered()
    await w.world.close()
    const source = w.world.database
    const [quick, slow] = [await databases.open('pglite'), await databases.open('pglite')]
    let overtaken = false
    const late: Database = {
      kind: slow.kind,
      engine: slow.engine,
      transaction: (who, work) => slow.transaction(who, work),
      script: async (text) => {
        // The slower one has looked at both sides, and has noted nothing yet.
        if (!overtaken) assert.equal((await moveLedger(aMove(source, quick))).outcome, 'moved')
        overtaken = true
        await slow.script(text)
      },
      close: async () => {},
    }
    await assert.rejects(moveLedger(aMove(source, late)), refused('LEDGER_IN_USE'))
    await assert.rejects(moveLedger(aMove(source, slow)), refused('LEDGER_MOVED'))
    assert.equal((await moveLedger(aMove(source, quick))).outcome, 'already there')
    assert.deepEqual(await migrate(slow), [], 'it is empty, and open')
    assert.deepEqual(await slow.engine.query({ name: '', text: 'select from sijil.runs' }), [])
  })

  test('while a server is connected, while a worker holds a run, and while somebody writes', async () => {
    await using databases = new Databases()
    const url = await createTestDatabase()
    const source = databases.adopt(await openDatabase({ url, applicationName: MOVER }), (one) => one.close())
    await migrate(source)
    const w = await openOrderWorld(source)
    const run = await w.ordered()
    await w.world.close()
    const move = aMove(source, await databases.open('pglite'))
    const inUse = (who: RegExp) => (error: unknown) => refused('LEDGER_IN_USE')(error) && who.test(String(error))

    const server = await openDatabase({ url })
    await server.engine.query({ name: '', text: 'select from sijil.runs' })
    await assert.rejects(moveLedger(move), inUse(/connections of Sijil/))
    await server.close()
    // The database notices a moment later.
    const connected = "select from pg_stat_activity where datname = current_database() and application_name = 'sijil'"
    await until(async () => ((await w.world.sql(connected)).length === 0 ? true : undefined), {
      what: 'the connections of the server are gone',
      everyMs: 20,
    })
    const hold = (due: string) =>
      w.world.sql(
        `update sijil.runs set status = 'running', worker = 'w7', due_ms = sijil.now_ms() + ${due} where id = $1`,
        [run],
      )
    await hold('5000')
    await assert.rejects(moveLedger(move), inUse(/w7 holds 1 runs/))
    await hold('-1')
    const written = Promise.withResolvers<void>()
    const writing = Promise.withResolvers<void>()
    const other = await openDatabase({ url, applicationName: MOVER })
    const writer = other.transaction({ role: 'owner' }, async (session) => {
      await session.query({ name: '', text: 'update sijil.runs set due_ms = due_ms' })
      writing.resolve()
      await written.promise
    })
    await writing.promise
    await assert.rejects(moveLedger(move), inUse(/somebody is writing/))
    written.resolve()
    await writer
    await other.close()
    assert.equal((await moveLedger(move)).outcome, 'moved')
  })

  test('where the copy differs; the next attempt begins again', async () => {
    await using databases = new Databases()
    const w = await databases.world('pglite')
    await w.ordered()
    await w.world.close()
    const target = await databases.open('postgres')
    await migrate(target)
    await target.script(`create function public.garble() returns trigger language plpgsql as $$ begin new.subject = 'x'; return new; end $$;
      create trigger garble before insert on sijil.tasks for each row execute function public.garble()`)
    const original = await contents(w.world.database)
    await assert.rejects(
      moveLedger(aMove(w.world.database, target)),
      (error: unknown) => refused('MOVE_COPY_DIFFERS')(error) && /table tasks/.test(String(error)),
    )
    assert.deepEqual(await contents(w.world.database), original)
    assert.deepEqual(await migrate(w.world.database), [], 'it is open')
    await target.script('drop trigger garble on sijil.tasks')
    assert.equal((await moveLedger(aMove(w.world.database, target))).outcome, 'moved')
  })

  test('where the ledger is not what its proofs say, unless it is to go as it is', async () => {
    await using databases = new Databases()
    const w = await databases.world('pglite')
    const run = await w.ordered()
    await w.world.close()
    const source = w.world.database
    await tamper(source, `update sijil.records set value = '1' where run = '${run}'`)
    const target = await databases.open('postgres')
    await assert.rejects(
      moveLedger(aMove(source, target)),
      (error: unknown) => refused('MOVE_FOUND_WRONG')(error) && /RECORD_CHANGED/.test(String(error)),
    )
    assert.deepEqual(await migrate(source), [], 'it is open')
    const { findings } = await moveLedger(aMove(source, target, { evenWithFindings: true }))
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['RECORD_CHANGED', 'RECEIPT_DIFFERS'],
    )
  })

  test('where there is no ledger, or the target is the ledger itself under another name', async () => {
    await using databases = new Databases()
    const [nothing, target] = [await databases.open('postgres'), await databases.open('pglite')]
    await assert.rejects(moveLedger(aMove(nothing, target)), refused('NO_LEDGER'))
    const url = await createTestDatabase()
    const open = async () => databases.adopt(await openDatabase({ url, applicationName: MOVER }), (one) => one.close())
    const [one, same] = [await open(), await open()]
    await migrate(one)
    await assert.rejects(moveLedger(aMove(one, same)), refused('MOVE_TARGET_NOT_EMPTY'))
    assert.deepEqual(await migrate(one), [], 'it is open')
  })
})
