import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Database } from '../../src/ledger/database/database.ts'
import { DatabaseError } from '../../src/ledger/database/database-error.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import type { RareWrite, RunPatch } from '../../src/ledger/patch.ts'
import { onBothDatabases, openTestDatabase } from '../support/databases.ts'
import { anAudit, aRecord, aStart, following, LedgerWorld } from './ledger-world.ts'

const start = (key: string, digest = 'd'): RareWrite => ({ op: 'idempotency', body: { key, digest } })

onBothDatabases('Writes of a run', (database) => {
  let world: LedgerWorld
  before(async () => {
    await migrate(database())
    world = await LedgerWorld.open(database())
    await world.sql("insert into sijil.policies values ($1, 'open', 'A', 'test')", [world.tenant])
  })

  /** A writer whose first answer is lost after the commit, as when the connection breaks. */
  const forgetful = () => {
    let lost = false
    return world.writer('w', {
      onCommit: (_patches, moment) => {
        if (moment === 'before' || lost) return
        lost = true
        throw new DatabaseError('DATABASE_INTERRUPTED', 'the answer was lost')
      },
    })
  }

  test('presented again after a lost answer they count once, for a new run', async () => {
    const patch = world.creating({
      records: [aRecord('a', 1), aRecord('b', 2)],
      audits: [anAudit('a')],
      rare: [start('key-1'), aStart('send', 'open')],
    })
    assert.deepEqual(await forgetful().commit(patch), { kind: 'written' })
    assert.deepEqual(await world.written(patch.run), { records: 2, audit: 1, effects: 1, idempotency: 1 })
    const [effect] = await world.sql<{ attempt: number }>('select attempt from sijil.effects where run = $1', [
      patch.run,
    ])
    assert.equal(effect?.attempt, 1)
  })

  test('presented again after a lost answer they count once, for a run that goes on', async () => {
    const first = world.creating()
    await world.writer('w').commit(first)
    const patch = following(first, {
      records: [aRecord('a', 1)],
      audits: [anAudit('a')],
      rare: [aStart('send', 'open'), { op: 'keep', body: { record: 'thing', id: 'x', body: '{}', key: 'a' } }],
    })
    assert.deepEqual(await forgetful().commit(patch), { kind: 'written' })
    assert.deepEqual(await world.written(first.run), { records: 1, audit: 1, effects: 1, idempotency: 0 })
    const end = { status: 'ended', outcome: 'completed', undo: 'nothing', result: '1', why: null } as const
    const last = following(patch, { next: end, audits: [anAudit('end')] })
    assert.deepEqual(await forgetful().commit(last), { kind: 'written' })
    assert.equal((await world.written(first.run)).audit, 2)
  })

  test('a whole batch whose answer was lost counts once', async () => {
    const writer = forgetful()
    const patches = Array.from({ length: 8 }, () =>
      world.creating({ records: [aRecord('a', 1)], rare: [aStart('send', 'open')] }),
    )
    const verdicts = await Promise.all(patches.map((patch) => writer.commit(patch)))
    assert.deepEqual([...new Set(verdicts.map(({ kind }) => kind))], ['written'])
    for (const { run } of patches) assert.equal((await world.written(run)).effects, 1)
  })

  test('a new run under an id that another run has is refused', async () => {
    const writer = world.writer('w')
    const first = world.creating({ records: [aRecord('a', 1)] })
    await writer.commit(first)
    await world.sql("update sijil.runs set worker = 'other', batch = 0 where id = $1", [first.run])
    assert.deepEqual(await writer.commit({ ...first, records: [aRecord('b', 1)] }), { kind: 'fenced' })
    assert.equal((await world.written(first.run)).records, 1)
  })

  test('with a gap before them they are refused', async () => {
    const writer = world.writer('w')
    const first = world.creating()
    await writer.commit(first)
    const gap = { ...following(first, { records: [aRecord('c', 3)] }), batch: 3 }
    assert.deepEqual(await writer.commit(gap), { kind: 'fenced' })
    assert.equal((await world.written(first.run)).records, 0)
  })

  test('in the name of another tenant they are refused', async () => {
    const other = await LedgerWorld.open(database())
    const writer = world.writer('w')
    const first = world.creating()
    await writer.commit(first)
    const was = await world.written(first.run)
    const stray = following(first, { records: [aRecord('a', 1)], audits: [anAudit('a')], rare: [aStart('send')] })
    assert.deepEqual(await writer.commit({ ...stray, tenant: other.tenant }), { kind: 'fenced' })
    assert.deepEqual(await world.written(first.run), was)
  })

  test('a recorded result never changes: not by another record, not by anybody', async () => {
    const writer = world.writer('w')
    const first = world.creating({ records: [aRecord('a', 1)] })
    await writer.commit(first)
    const again = following(first, { records: [aRecord('a', 2, '"other"')] })
    assert.equal((await writer.commit(again)).kind, 'refused')
    const appendOnly = { code: 'SJ001' }
    await assert.rejects(world.sql("update sijil.records set value = '2' where run = $1", [first.run]), appendOnly)
    await assert.rejects(world.sql('delete from sijil.records where run = $1', [first.run]), appendOnly)
    await assert.rejects(world.sql("update sijil.audit set why = 'x'"), appendOnly)
    await assert.rejects(world.sql('delete from sijil.audit'), appendOnly)
    await assert.rejects(world.sql('truncate sijil.audit'), appendOnly)
    await assert.rejects(world.sql('truncate sijil.tree_leaves'), appendOnly)
    await assert.rejects(world.sql('truncate sijil.tree_heads'), appendOnly)
    const rows = await world.sql('select value from sijil.records where run = $1', [first.run])
    assert.deepEqual(rows, [{ value: '1' }])
  })

  test('a second start with a used key is told of the first, and leaves nothing', async () => {
    const writer = world.writer('w')
    const first = world.creating({ rare: [start('key-2', 'digest-of-the-first')] })
    const second = world.creating({ rare: [start('key-2', 'another')], audits: [anAudit('created')] })
    await writer.commit(first)
    assert.deepEqual(await writer.commit(second), { kind: 'exists', run: first.run, digest: 'digest-of-the-first' })
    assert.deepEqual(await world.written(second.run), { records: 0, audit: 0, effects: 0, idempotency: 0 })
    assert.deepEqual(await world.sql('select from sijil.runs where id = $1', [second.run]), [])
  })

  test('of many starts with one key in one batch exactly one is made', async () => {
    const writer = world.writer('w')
    const patches = Array.from({ length: 16 }, () => world.creating({ rare: [start('key-3')] }))
    await assertOneStarted(patches, (patch) => writer.commit(patch))
  })
})

describe('Writes of two workers', () => {
  let one: Database
  test('of starts with one key at the same moment exactly one is made, and the others are told', async (t) => {
    one = await openTestDatabase('postgres')
    t.after(() => one.close())
    await migrate(one)
    const world = await LedgerWorld.open(one)
    const writers = [world.writer('one'), world.writer('two'), world.writer('three')]
    for (let round = 0; round < 25; round += 1) {
      const patches = writers.map(() => world.creating({ rare: [start(`key-${round}`)] }))
      await assertOneStarted(
        patches,
        (patch, index) => writers[index]?.commit(patch) ?? Promise.reject(new Error('no writer')),
      )
    }
  })
})

async function assertOneStarted(
  patches: readonly RunPatch[],
  commit: (patch: RunPatch, index: number) => Promise<{ readonly kind: string; readonly run?: string }>,
): Promise<void> {
  const verdicts = await Promise.all(patches.map(commit))
  const made = patches.filter((_, index) => verdicts[index]?.kind === 'written')
  assert.equal(made.length, 1)
  for (const verdict of verdicts.filter(({ kind }) => kind !== 'written'))
    assert.deepEqual([verdict.kind, verdict.run], ['exists', made[0]?.run])
}
