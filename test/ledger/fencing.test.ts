import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { int4Array, textArray, uuidArray } from '../../src/ledger/database/binary-array.ts'
import type { RunPatch } from '../../src/ledger/patch.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import { anAudit, aRecord, aStart, following, LedgerWorld } from './ledger-world.ts'

/** A patch that would leave a trace in every table it may write to. */
const much = (patch: RunPatch): Partial<RunPatch> => ({
  records: [aRecord('late', patch.seq + 1)],
  audits: [anAudit('late')],
  rare: [aStart('late'), { op: 'keep', body: { record: 'thing', id: 'late', body: '{}', key: 'late' } }],
})

onBothDatabases('A worker that lost its lease', (database) => {
  let world: LedgerWorld
  before(async () => {
    await migrate(database())
    world = await LedgerWorld.open(database())
  })

  test('writes nothing at all with the epoch it had', async () => {
    const writer = world.writer('old')
    const first = world.creating({ audits: [anAudit('created')] })
    await writer.commit(first)
    await world.sql("update sijil.runs set epoch = epoch + 1, worker = 'new' where id = $1", [first.run])
    const was = await world.written(first.run)
    assert.deepEqual(await writer.commit(following(first, much(first))), { kind: 'fenced' })
    assert.deepEqual(await world.written(first.run), was)
    assert.deepEqual(await world.sql("select from sijil.kept_records where id = 'late'"), [])
    assert.deepEqual(await world.run(first.run), { status: 'running', epoch: 2, batch: 1, worker: 'new' })
  })

  test('does not keep the others of its batch from being written', async () => {
    const writer = world.writer('mixed')
    const patches = [world.creating(), world.creating(), world.creating()]
    await Promise.all(patches.map((patch) => writer.commit(patch)))
    const [, lost] = patches
    await world.sql('update sijil.runs set epoch = epoch + 1 where id = $1', [lost?.run ?? ''])
    const verdicts = await Promise.all(
      patches.map((patch) => writer.commit(following(patch, { records: [aRecord('a', 1)] }))),
    )
    assert.deepEqual(
      verdicts.map(({ kind }) => kind),
      ['written', 'fenced', 'written'],
    )
  })

  test('writes nothing to a run that has ended', async () => {
    const writer = world.writer('late')
    const first = world.creating()
    const end = { status: 'ended', outcome: 'completed', undo: 'nothing', result: '1', why: null } as const
    const last = following(first, { next: end })
    await writer.commit(first)
    await writer.commit(last)
    const was = await world.written(first.run)
    assert.deepEqual(await writer.commit(following(last, much(last))), { kind: 'fenced' })
    assert.deepEqual(await world.written(first.run), was)
    assert.equal((await world.run(first.run)).status, 'ended')
  })

  test('starts no attempt of an effect that its successor has made already', async () => {
    const writer = world.writer('attempts')
    const first = world.creating()
    const second = following(first, { rare: [aStart('send')] })
    await writer.commit(first)
    await writer.commit(second)
    const third = following(second, { rare: [aStart('send')] })
    assert.deepEqual(await writer.commit(third), { kind: 'fenced' }, 'attempt 1 again, in a new batch')
    assert.equal((await world.run(first.run)).batch, 2)
  })
})

describe('Two workers on one server', () => {
  const database = ledgerForSuite('postgres')
  let world: LedgerWorld
  before(async () => {
    world = await LedgerWorld.open(database())
  })

  /** Until the server says that a statement of the name waits for a lock: no guess about time. */
  async function untilBlocked(statement: string): Promise<void> {
    for (let turn = 0; turn < 10_000; turn += 1) {
      const rows = await world.sql(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%' || $1 || '%'",
        [statement],
      )
      if (rows.length > 0) return
    }
    assert.fail(`${statement} was never blocked`)
  }

  test('a batch that waits for the lock while a take-over commits is refused', async () => {
    const writer = world.writer('old')
    const first = world.creating()
    await writer.commit(first)
    let verdict: Promise<unknown> | undefined
    await database().transaction({ role: 'owner' }, async (session) => {
      const takeOver = "update sijil.runs set epoch = epoch + 1, worker = 'new' where id = $1"
      await session.query({ name: '', text: takeOver }, [first.run])
      verdict = writer.commit(following(first, much(first)))
      await untilBlocked('commit_batch')
    })
    assert.deepEqual(await verdict, { kind: 'fenced' })
    assert.deepEqual(await world.written(first.run), { records: 0, audit: 0, effects: 0, idempotency: 0 })
  })

  test('a parking that waits for the lock while a signal commits looks again', async () => {
    const writer = world.writer('parks')
    const first = world.creating()
    await writer.commit(first)
    let verdict: Promise<unknown> | undefined
    await database().transaction({ role: 'member', tenant: world.tenant }, async (session) => {
      const text = "select sijil.deliver_signal($1, $2, 's', 'signal', 'go', '{}', 'x', 'test')"
      await session.query({ name: '', text }, [world.tenant, first.run])
      verdict = writer.commit(following(first, { mailbox: 0, next: { status: 'waiting', due: 9e15 } }))
      await untilBlocked('commit_batch')
    })
    assert.deepEqual(await verdict, { kind: 'mailbox' })
    assert.equal((await world.run(first.run)).status, 'running')
  })

  test('batches and renewals over the same runs in opposite orders never deadlock', async () => {
    const trouble: unknown[] = []
    const onTrouble = (error: unknown) => trouble.push(error)
    const [left, right] = [world.writer('left', { onTrouble }), world.writer('right', { onTrouble })]
    let patches: readonly RunPatch[] = Array.from({ length: 12 }, () => world.creating())
    await Promise.all(patches.map((patch) => left.commit(patch)))
    for (let round = 0; round < 200; round += 1) {
      const next = patches.map((patch) => following(patch, { records: [aRecord(`r${round}`, patch.seq + 1)] }))
      await Promise.all([
        Promise.all(next.map((patch) => left.commit(patch))),
        Promise.all(next.toReversed().map((patch) => right.commit(patch))),
        renew(next),
      ])
      patches = next
    }
    assert.deepEqual(trouble, [])
    const [rows] = await world.sql<{ n: number }>(
      "select count(*)::int as n from sijil.records where tenant = $1 and key like 'r%'",
      [world.tenant],
    )
    assert.equal(rows?.n, 12 * 200, 'the same batch of two workers of one epoch counts once')
  })

  /** While `write` waits for the run of the lower id, it must not hold the other. */
  async function assertInOrderOfIds(
    statement: string,
    write: (lowFirst: readonly RunPatch[]) => Promise<unknown>,
  ): Promise<unknown> {
    const writer = world.writer('left')
    const patches = [world.creating(), world.creating()].toSorted((a, b) => (a.run < b.run ? -1 : 1))
    await Promise.all(patches.map((patch) => writer.commit(patch)))
    const [low = '', high = ''] = patches.map(({ run }) => run)
    let written: Promise<unknown> | undefined
    await database().transaction({ role: 'owner' }, async (session) => {
      await session.query({ name: '', text: 'select from sijil.runs where id = $1 for update' }, [low])
      written = write(patches)
      await untilBlocked(statement)
      await session.query({ name: '', text: 'select from sijil.runs where id = $1 for update nowait' }, [high])
    })
    return written
  }

  test('a renewal locks runs in the order of their ids', async () => {
    assert.deepEqual(await assertInOrderOfIds('renew_leases', renew), [])
  })

  test('a batch locks runs in the order of their ids', async () => {
    const writer = world.writer('left')
    const commitHighFirst = (patches: readonly RunPatch[]) =>
      Promise.all(patches.toReversed().map((patch) => writer.commit(following(patch, { audits: [anAudit('x')] }))))
    const verdicts = await assertInOrderOfIds('commit_batch', commitHighFirst)
    assert.deepEqual(verdicts, [{ kind: 'written' }, { kind: 'written' }])
  })

  const renew = (held: readonly RunPatch[]) =>
    database().engine.query(
      { name: 'renew', text: 'select run from sijil.renew_leases($1, $2, $3::text[], $4::uuid[], $5::integer[])' },
      [
        'left',
        10_000,
        textArray(held.map(({ tenant }) => tenant)),
        uuidArray(held.map(({ run }) => run).toReversed()),
        int4Array(held.map(({ epoch }) => epoch)),
      ],
    )
})
