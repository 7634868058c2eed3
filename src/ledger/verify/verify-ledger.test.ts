import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { tamper, temporaryDirectory } from '../../../test/support/audit-log.ts'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { ephemeralSigner } from '../../../test/support/head-signer.ts'
import { openOrderWorld, type OrderWorld } from '../../../test/support/order-world.ts'
import { migrate } from '../migrate.ts'
import { startSealer } from '../tree/sealer.ts'
import { type LedgerCheckCode, ledgerChecks } from './ledger-checks.ts'
import { verifyLedger, verifyRows } from './verify-ledger.ts'

interface Runs {
  readonly completed: string
  readonly undone: string
  readonly waiting: string
}

/** What an administrator of the database could do, and what is found then. `$completed` and so on stand for runs. */
const tamperings: Readonly<Record<LedgerCheckCode, string>> = {
  RECORDS_WITHOUT_RUN: "update sijil.records set run = gen_random_uuid() where run = $waiting and key = 'open'",
  EFFECTS_WITHOUT_RUN: 'update sijil.effects set run = gen_random_uuid() where run = $waiting',
  WAITS_WITHOUT_RUN: 'update sijil.waits set run = gen_random_uuid() where run = $waiting',
  TASKS_WITHOUT_RUN: 'update sijil.tasks set run = gen_random_uuid() where run = $waiting',
  SIGNALS_WITHOUT_RUN: 'update sijil.signals set run = gen_random_uuid() where run = $completed',
  KEPT_RECORDS_WITHOUT_RUN:
    "insert into sijil.kept_records select tenant, 'r', 'i', '1', gen_random_uuid(), 'k', 0 from sijil.runs where id = $waiting",
  AUDIT_WITHOUT_RUN: 'delete from sijil.runs where id = $waiting',
  RECEIPT_WITHOUT_EFFECT: "delete from sijil.effects where run = $completed and key = 'tell'",
  DECISION_WITHOUT_TASK: 'delete from sijil.tasks where run = $completed',
  RECORD_CHANGED: 'update sijil.records set value = \'{"recordId":"mine"}\' where run = $waiting and key = \'open\'',
  RECORD_MISSING: "delete from sijil.records where run = $completed and key = 'place'",
  RUN_ENDING_CHANGED: "update sijil.runs set outcome = 'completed' where id = $undone",
  RUN_ENDING_MISSING: "update sijil.runs set status = 'waiting', outcome = null where id = $undone",
  DECISION_CHANGED:
    "update sijil.decisions d set verdict = 'return' from sijil.tasks t where t.id = d.task and t.run = $undone",
  DECISION_MISSING: 'delete from sijil.decisions d using sijil.tasks t where t.id = d.task and t.run = $undone',
  ENDED_RUN_HAS_OPEN_TASK: "update sijil.tasks set state = 'open' where run = $undone",
  ENDED_RUN_WAITS:
    "insert into sijil.waits select tenant, id, 'k', 'sleep', 'n', 'd', 0, 0 from sijil.runs where id = $undone",
  ENDED_RUN_IS_HELD: "update sijil.runs set worker = 'somebody' where id = $undone",
  COMPENSATED_WITHOUT_UNDO: "delete from sijil.records where run = $undone and key = 'undo open'",
  EFFECT_WITHOUT_AUTHORITY: "update sijil.effects set subject = 'another' where run = $completed and key = 'place'",
  TASK_NOT_DECIDED: "update sijil.tasks set requester = 'legal' where run = $completed",
  DECISION_NOT_DELIVERED: "delete from sijil.signals where run = $completed and kind = 'decision'",
  GATE_ASKED_DIFFERENTLY: "update sijil.tasks set digest = 'another' where run = $completed",
  EFFECT_WITHOUT_RECORD: "delete from sijil.records where run = $completed and key = 'tell'",
  RECORD_WITHOUT_EFFECT: "update sijil.effects set state = 'never' where run = $completed and key = 'tell'",
  EFFECT_WITHOUT_RECEIPT: "delete from sijil.receipts where run = $undone and key = 'undo open'",
  RECEIPT_DIFFERS: "update sijil.effects set input = '{}' where run = $completed and key = 'place'",
  UNDO_OUT_OF_ORDER: 'update sijil.effects set started_seq = 9 - started_seq where run = $undone and of is not null',
  SIGNAL_MISSING: "delete from sijil.signals where run = $completed and name = 'placed'",
  SIGNAL_TAKEN_BY_NOTHING:
    "update sijil.signals set consumed_by = 'nothing' where run = $completed and name = 'placed'",
}

onBothDatabases('Verifying a ledger', (database) => {
  let w: OrderWorld
  let runs: Runs
  let whole: readonly (readonly [string, readonly string[]])[]

  before(async () => {
    await migrate(database())
    w = await openOrderWorld(database())
    runs = { completed: await completed(), undone: await undone(), waiting: await w.ordered('waits') }
    await w.world.close()
    whole = await copy()
  })

  async function placed(id: string): Promise<string> {
    const run = await w.ordered(id)
    for (const by of ['manager', 'legal']) await w.world.decide(run, by, 'approve', { value: { budget: 'ops' } })
    await w.world.signal(run, 'placed', { reference: 'e' })
    return run
  }
  async function completed(): Promise<string> {
    const run = await placed('done')
    await w.world.signal(run, 'answer', { accepts: true, round: 1 })
    await w.world.decide(run, 'director', 'approve', { value: {} })
    assert.equal((await w.world.status(run)).outcome, 'completed')
    return run
  }
  async function undone(): Promise<string> {
    const run = await placed('undone')
    await w.world.signal(run, 'answer', { accepts: false, round: 1 })
    await w.world.decide(run, 'director', 'reject')
    assert.deepEqual((await w.world.status(run)).undo, 'compensated')
    return run
  }

  const tables = [
    'runs',
    'records',
    'effects',
    'receipts',
    'waits',
    'tasks',
    'decisions',
    'signals',
    'kept_records',
    'audit',
  ]
  /** Every row of the tables that are tampered with, to put back between tests. */
  const copy = async () =>
    Promise.all(
      tables.map(async (table) => {
        const rows = await w.world.sql<{ row: string }>(`select to_json(t)::text as row from sijil.${table} t`)
        return [table, rows.map(({ row }) => row)] as const
      }),
    )
  async function putBack(): Promise<void> {
    await tamper(database(), whole.map(([table]) => `truncate sijil.${table} cascade`).join(';'))
    for (const [table, rows] of whole) {
      const values = `[${rows.join(',')}]`.replaceAll("'", "''")
      await tamper(
        database(),
        `insert into sijil.${table} overriding system value select * from json_populate_recordset(null::sijil.${table}, '${values}')`,
      )
    }
  }

  const asSql = (text: string): string =>
    text.replace(/\$(completed|undone|waiting)/g, (_, name: keyof Runs) => `'${runs[name]}'`)
  const codes = async () => [...new Set((await verifyRows(database())).map(({ code }) => code))]

  it('finds nothing in a ledger that nobody touched', async () => {
    assert.deepEqual(await verifyRows(database()), [])
  })

  for (const { code } of ledgerChecks) {
    it(`finds ${code}`, async () => {
      await tamper(database(), asSql(tamperings[code]))
      assert.ok((await codes()).includes(code))
      await putBack()
      assert.deepEqual(await codes(), [])
    })
  }

  it('finds an effect whose action was never allowed, or was decided by the requester', async () => {
    await tamper(database(), "update sijil.policies set class = 'C' where action = 'open_order'")
    assert.equal((await codes()).includes('EFFECT_WITHOUT_AUTHORITY'), true)
    await tamper(database(), "update sijil.policies set class = 'A' where action = 'open_order'")
    await tamper(database(), asSql("update sijil.tasks set requester = 'manager' where run = $completed"))
    assert.equal((await codes()).includes('EFFECT_WITHOUT_AUTHORITY'), true)
    await putBack()
  })

  it('names what is wrong, and includes what is wrong with the seal', async () => {
    using directory = temporaryDirectory()
    const signer = ephemeralSigner()
    const headsFile = directory.file('heads.ndjson')
    const onProblem = (problem: unknown) => assert.fail(String(problem))
    const sealer = await startSealer({ database: database(), signer, headsFile, everyMs: 30_000, onProblem })
    await sealer.sealNow()
    await sealer.stop()
    const verify = () => verifyLedger({ database: database(), headsFile, verify: signer.verify })
    assert.deepEqual(await verify(), [])
    // Whoever changes a record and the audit row with it breaks the seal.
    await tamper(
      database(),
      asSql(`update sijil.records set value = '1' where run = $waiting and key = 'open';
        update sijil.audit set new = encode(sha256('1'), 'hex') where run = $waiting and subject = 'open' and what = 'effect.done'`),
    )
    const [finding, ...more] = await verify()
    assert.deepEqual([finding?.code, finding?.tenant], ['ROW_CHANGED', w.world.tenant])
    assert.deepEqual(
      more.map(({ code }) => code),
      ['RECEIPT_DIFFERS'],
    )
    assert.match(more[0]?.message ?? '', /^receipt [0-9a-f-]{36}: the receipt was given for another request/)
    await putBack()
  })
})
