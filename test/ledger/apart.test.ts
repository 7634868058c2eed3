/** A run that several workers write to apart, each for one branch: the ledger counts, and the first of two writes stands. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { apartCommit } from '../../src/engine/temporal/apart-commit.ts'
import type { Database, Param, Statement } from '../../src/ledger/database/database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import type { RareWrite, RunPatch } from '../../src/ledger/patch.ts'
import {
  countUntold,
  notTold,
  readEffects,
  readPart,
  readRecords,
  readWithoutRecords,
  runsToTell,
  runToTell,
  told,
} from '../../src/ledger/runs-apart.ts'
import { onBothDatabases } from '../support/databases.ts'
import { aRecord, aStart, anAudit, following, LedgerWorld, NOW } from './ledger-world.ts'

const showCommit: Statement = {
  name: '',
  text: `select current_setting('synchronous_commit') as now`,
}
const NOTHING_DUE = { loadable: ['deal@1'], limit: 10, patienceMs: 60_000, graceMs: 10_000 }

onBothDatabases('A run that is written to apart', (database) => {
  let world: LedgerWorld
  before(async () => {
    await migrate(database())
    world = await LedgerWorld.open(database())
  })

  /** A run on Temporal, and patches of workers that do not know of each other. */
  async function begun() {
    const one = apartCommit(world.writer('one'))
    const other = apartCommit(world.writer('other'))
    const created = world.creating({ next: { status: 'ready', due: NOW } })
    const create = { ...created.create, engine: 'temporal' } as RunPatch['create']
    assert.deepEqual(await world.writer('first').commit({ ...created, create }), { kind: 'written' })
    const apart = (of: Partial<RunPatch>): RunPatch => following(created, of)
    return { one, other, apart, run: created.run, ref: { tenant: world.tenant, run: created.run, epoch: 1 } }
  }
  const keysOf = async (run: string) =>
    (
      await world.sql<{ key: string; seq: number }>('select key, seq from sijil.records where run = $1 order by seq', [
        run,
      ])
    ).map(({ key, seq }) => `${seq} ${key}`)
  const opens = (key: string): RareWrite => ({
    op: 'wait.open',
    body: { key, kind: 'signal', name: 'go', digest: 'd', opened_ms: NOW, due_ms: null },
  })

  test('has a sequence without gaps, whoever writes when', async () => {
    const { one, other, apart, run, ref } = await begun()
    const patches = Array.from({ length: 20 }, (_, index) =>
      apart({ records: [aRecord(`a${index}`, 0), aRecord(`b${index}`, 0)], audits: [anAudit(`a${index}`)] }),
    )
    const verdicts = await Promise.all(patches.map((patch, index) => (index % 2 === 0 ? one : other).commit(patch)))
    assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['written']))
    const keys = await keysOf(run)
    assert.deepEqual(
      keys.map((key) => Number(key.split(' ')[0])),
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    assert.equal((await readRecords(database(), ref, 0, 1)).length, 1, 'a page has at least one record')
    assert.equal((await readRecords(database(), ref, 0, 1_000_000)).length, keys.length)
  })

  test('keeps the first of two answers, and says so to whoever brings the second', async () => {
    const { one, other, apart, run } = await begun()
    assert.deepEqual(await one.commit(apart({ records: [aRecord('step', 0, '"first"')] })), { kind: 'written' })
    const late = apart({ records: [aRecord('step', 0, '"second"')], audits: [anAudit('step')] })
    assert.deepEqual(await other.commit(late), { kind: 'superseded' })
    assert.deepEqual(await keysOf(run), ['1 step'])
    assert.equal((await world.written(run)).audit, 0)
  })

  test('opens a wait once', async () => {
    const { one, other, apart } = await begun()
    assert.deepEqual(await one.commit(apart({ rare: [opens('go')] })), { kind: 'written' })
    assert.deepEqual(await other.commit(apart({ rare: [opens('go')] })), { kind: 'superseded' })
  })

  test('starts an effect once, and counts starts itself', async () => {
    const { one, other, apart, run } = await begun()
    assert.deepEqual(await one.commit(apart({ rare: [aStart('a')] })), { kind: 'written' })
    assert.deepEqual(await other.commit(apart({ rare: [aStart('a')] })), { kind: 'superseded' })
    assert.deepEqual(await other.commit(apart({ rare: [aStart('b')] })), { kind: 'written' })
    const rows = await world.sql<{ key: string; n: number }>(
      'select key, started_seq as n from sijil.effects where run = $1 order by started_seq',
      [run],
    )
    assert.deepEqual(
      rows.map(({ key, n }) => [key, n]),
      [
        ['a', 1],
        ['b', 2],
      ],
    )
  })

  test('is read in one statement: no letter is counted that was not read with it', async () => {
    const { run, ref } = await begun()
    const asked: string[] = []
    const ledger = database()
    const watched: Database = {
      ...ledger,
      engine: {
        query<Row extends object>(statement: Statement, params?: readonly Param[]) {
          asked.push(statement.name)
          return ledger.engine.query<Row>(statement, params)
        },
      },
    }
    assert.deepEqual((await readPart(watched, ref, []))?.mailbox, { count: 0, letters: [] })
    const deliver = (id: string) =>
      world.sql(`select sijil.deliver_signal($1, $2, $3, 'signal', 'go', '{}', 'partner', 'test')`, [
        world.tenant,
        run,
        id,
      ])
    await deliver('first')
    await deliver('second')
    const mailbox = (await readPart(watched, ref, []))?.mailbox
    assert.equal(mailbox?.count, 2)
    assert.deepEqual(
      mailbox?.letters.map(({ number, kind, name, payload }) => [number, kind, name, payload]),
      [
        [1, 'signal', 'go', '{}'],
        [2, 'signal', 'go', '{}'],
      ],
    )
    assert.equal(asked.length, 2)
  })

  test('is read as far as it concerns the keys that were asked for', async () => {
    const { one, apart, run, ref } = await begun()
    const records = [aRecord('a', 0), aRecord('b', 0)]
    await one.commit(apart({ records, rare: [aStart('a'), aStart('b'), opens('c'), opens('d')] }))
    const part = await readPart(database(), ref, ['b', 'c'])
    const keysIn = (rows: readonly { readonly key: string }[] | undefined) => rows?.map(({ key }) => key).toSorted()
    assert.deepEqual([keysIn(part?.records), keysIn(part?.effects), keysIn(part?.waits)], [['b'], ['b'], ['c']])
    const [effect] = await readEffects(database(), world.tenant, run, ['b'])
    assert.deepEqual(part?.effects, [effect])
    const whole = await readWithoutRecords(database(), ref)
    assert.deepEqual([keysIn(whole?.records), keysIn(whole?.effects)], [[], ['a', 'b']])
    assert.deepEqual(keysIn(whole?.waits), ['c', 'd'])
    const [row] = await world.sql<{ input: string }>('select input from sijil.runs where id = $1', [run])
    assert.deepEqual([part?.input, whole?.input], ['', row?.input])
  })

  test('is fenced once it has moved, and cannot be read any more', async () => {
    const { one, apart, run, ref } = await begun()
    assert.equal((await readPart(database(), ref, ['step']))?.id, run)
    await world.sql("update sijil.runs set engine = 'local', epoch = epoch + 1 where id = $1", [run])
    assert.deepEqual(await one.commit(apart({ records: [aRecord('step', 0)] })), { kind: 'fenced' })
    assert.deepEqual(await keysOf(run), [])
    assert.equal(await readPart(database(), ref, ['step']), undefined)
  })

  test('never forgets that it has come to its pivot', async () => {
    const { one, other, apart, run } = await begun()
    await one.commit(apart({ records: [aRecord('pivot', 0)], pivoted: true }))
    await other.commit(apart({ records: [aRecord('beside', 0)], pivoted: false }))
    assert.deepEqual(await world.sql('select pivoted from sijil.runs where id = $1', [run]), [{ pivoted: true }])
  })

  test('is told of without waiting for the disk, and what is committed after that waits again', async () => {
    const { run } = await begun()
    const settings = async () => (await database().engine.query<{ now: string }>(showCommit, [])).map(({ now }) => now)
    assert.deepEqual(await settings(), ['on'])
    const runs = await runsToTell(database(), { ...NOTHING_DUE, limit: 1_000 })
    assert.ok(runs.some(({ id }) => id === run))
    assert.deepEqual(await settings(), ['on'])
    assert.equal((await runToTell(database(), run, NOTHING_DUE))?.id, run)
    assert.deepEqual(await settings(), ['on'])
  })

  test('is left as it is by those who do not have its version', async () => {
    const { run } = await begun()
    const seen = () => world.sql('select status, due_ms, seq, batch from sijil.runs where id = $1', [run])
    const untouched = await seen()
    for (const loadable of [['deal@2'], ['other@1'], []]) {
      assert.deepEqual(await runsToTell(database(), { ...NOTHING_DUE, loadable }), [])
      assert.equal(await runToTell(database(), run, { ...NOTHING_DUE, loadable }), undefined)
    }
    assert.deepEqual(await seen(), untouched)
    assert.equal((await runToTell(database(), run, { ...NOTHING_DUE, loadable: ['other@1', 'deal@1'] }))?.id, run)
  })

  test('is told of when it is new, when something came, and when it is past its deadline for a while', async () => {
    const { one, apart, run } = await begun()
    const tell = async () => (await runsToTell(database(), NOTHING_DUE)).filter(({ id }) => id === run)
    assert.deepEqual(
      (await tell()).map(({ epoch, isNew }) => ({ epoch, isNew })),
      [{ epoch: 1, isNew: true }],
    )
    assert.deepEqual(await tell(), [], 'once')
    await one.commit(apart({ rare: [opens('go')], mailbox: 0, next: { status: 'waiting', due: NOW + 5_000 } }))
    await world.setClock(NOW + 5_000)
    assert.deepEqual(await tell(), [], 'its own timer is due now')
    await world.setClock(NOW + 15_000)
    assert.equal((await tell()).length, 1)
    await world.setClock(NOW)
  })

  test('counts as untold while every try fails, however often it is tried, and until one does not', async () => {
    const others = await countUntold(database())
    const { run } = await begun()
    const tryOnce = async (at: number) => {
      await world.setClock(NOW + at)
      const runs = await runsToTell(database(), { ...NOTHING_DUE, limit: 1_000 })
      return runs.filter(({ id }) => id === run)
    }
    const fail = async (at: number) => notTold(database(), await tryOnce(at), 1_000)
    const untold = async () => (await countUntold(database())) - others
    for (const at of [0, 2_000, 14_000]) await fail(at)
    assert.equal(await untold(), 0, 'not for long')
    await fail(15_001)
    assert.equal(await untold(), 1)
    const again = await tryOnce(17_000)
    assert.equal(await untold(), 1, 'while it is tried')
    assert.equal(again[0]?.isUntold, true)
    await told(database(), again)
    assert.equal(await untold(), 0)
    await world.setClock(NOW)
  })

  test('is not untold any more once it has moved', async () => {
    const { run } = await begun()
    await notTold(database(), await runsToTell(database(), { ...NOTHING_DUE, limit: 1_000 }), 1_000)
    const move = (to: string) =>
      world.sql(`select sijil.move_run($1, $2, '${to}', '{deal@1}', 'yousef', 'test', 'why')`, [world.tenant, run])
    for (const to of ['local', 'temporal']) await move(to)
    const moved = await runsToTell(database(), { ...NOTHING_DUE, limit: 1_000 })
    assert.equal(moved.find(({ id }) => id === run)?.isUntold, false)
  })
})
