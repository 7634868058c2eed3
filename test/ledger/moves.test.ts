import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { claimRuns } from '../../src/ledger/load-runs.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import type { Next, RunPatch } from '../../src/ledger/patch.ts'
import {
  askForMove,
  askForMoves,
  countElsewhere,
  forgetLeftBehind,
  leftBehindToTell,
  type Side,
} from '../../src/ledger/requests/moves.ts'
import { notTold, runsToTell } from '../../src/ledger/runs-apart.ts'
import { ledgerForSuite, onBothDatabases } from '../support/databases.ts'
import { aRecord, aStart, following, LEASE_MS, LedgerWorld, NOW } from './ledger-world.ts'

const waiting: Next = { status: 'waiting', due: NOW + 60_000 }
const ended: Next = { status: 'ended', outcome: 'completed', undo: 'nothing', result: '1', why: null }
const stuck: Next = { status: 'stuck', code: 'FLOW_THREW', why: 'a fault' }

onBothDatabases('A move', (database) => {
  let world: LedgerWorld
  before(async () => {
    await migrate(database())
    world = await LedgerWorld.open(database())
  })

  const by = () => ({ tenant: world.tenant, person: 'operator', source: 'test' })
  const moveTo = (to: Side, run: string, loadable: readonly string[] = ['deal@1']): Promise<string> =>
    database().transaction({ role: 'engine' }, (session) =>
      askForMove(session, by(), run, { to, loadable, why: 'a test' }),
    )
  const written = async (...patches: readonly RunPatch[]): Promise<void> => {
    for (const patch of patches) assert.equal((await world.writer('w').commit(patch)).kind, 'written')
  }
  /** A run that has done one step and waits. */
  const aWaitingRun = async (next: Next = waiting): Promise<RunPatch> => {
    const first = world.creating()
    const parked = following(first, { records: [aRecord('a', 1)], next })
    await written(first, parked)
    return parked
  }
  const whereIs = async (run: string) => {
    const [row] = await world.sql<{ engine: string; epoch: number; status: string; due: number }>(
      'select engine, epoch, status, due_ms as due from sijil.runs where id = $1',
      [run],
    )
    return row
  }
  const claimed = async (run: string): Promise<boolean> => {
    const runs = await claimRuns(database(), { worker: 'local', leaseMs: LEASE_MS, limit: 100, loadable: ['deal@1'] })
    return runs.some(({ id }) => id === run)
  }
  const told = async (run: string): Promise<boolean> => {
    const runs = await runsToTell(database(), { loadable: ['deal@1'], limit: 100, patienceMs: 60_000, graceMs: 0 })
    return runs.some(({ id }) => id === run)
  }

  test('gives engine and epoch at once, and the new side alone takes the run up', async () => {
    const { run } = await aWaitingRun()
    assert.equal(await moveTo('temporal', run), 'MOVED')
    assert.deepEqual(await whereIs(run), { engine: 'temporal', epoch: 2, status: 'ready', due: NOW })
    assert.equal(await claimed(run), false)
    assert.equal(await told(run), true)
    const audits = await world.sql(
      "select actor, old, new, why from sijil.audit where run = $1 and what = 'run.moved'",
      [run],
    )
    assert.deepEqual(audits, [{ actor: 'operator', old: 'local', new: 'temporal', why: 'a test' }])
  })

  test('fences whoever wrote before it', async () => {
    const parked = await aWaitingRun()
    assert.equal(await moveTo('temporal', parked.run), 'MOVED')
    const late = following(parked, { records: [aRecord('b', 2)] })
    assert.deepEqual(await world.writer('w').commit(late), { kind: 'fenced' })
    assert.equal((await world.written(parked.run)).records, 1)
  })

  test('leaves a run alone while a worker holds it', async () => {
    const first = world.creating()
    await written(first)
    assert.equal(await moveTo('temporal', first.run), 'RUN_BUSY')
    assert.equal((await whereIs(first.run))?.engine, 'local')
  })

  test('leaves a run alone while an effect of it is under way', async () => {
    const first = world.creating()
    await written(first, following(first, { rare: [aStart('send')], next: waiting }))
    assert.equal(await moveTo('temporal', first.run), 'RUN_BUSY')
    assert.deepEqual([(await whereIs(first.run))?.engine, (await whereIs(first.run))?.epoch], ['local', 1])
  })

  test('refuses a run that has ended, is there, is not there at all, or is of a version that cannot be loaded', async () => {
    const { run } = await aWaitingRun()
    assert.equal(await moveTo('local', run), 'ALREADY_THERE')
    assert.equal(await moveTo('temporal', run, ['deal@2']), 'VERSION_NOT_LOADABLE')
    assert.equal(await moveTo('temporal', '00000000-0000-7000-8000-000000000000'), 'NO_SUCH_RUN')
    const over = await aWaitingRun(ended)
    assert.equal(await moveTo('temporal', over.run), 'RUN_ENDED')
    assert.deepEqual([(await whereIs(run))?.epoch, (await whereIs(over.run))?.epoch], [1, 1])
  })

  test('leaves a stuck run stuck', async () => {
    const { run } = await aWaitingRun(stuck)
    assert.equal(await moveTo('temporal', run), 'MOVED')
    assert.equal((await whereIs(run))?.status, 'stuck')
    assert.equal(await told(run), false)
  })

  test('remembers the workflow it leaves behind until that was told', async () => {
    const { run } = await aWaitingRun()
    await moveTo('temporal', run)
    const behind = async () =>
      (await leftBehindToTell(database(), { limit: 100, retryMs: 1_000 })).filter((one) => one.run === run)
    assert.deepEqual(await behind(), [], 'nothing of it is on a cluster')
    assert.equal(await moveTo('local', run), 'MOVED')
    assert.equal(await claimed(run), true)
    const [left] = await behind()
    assert.deepEqual(left, { tenant: world.tenant, run, epoch: 2 })
    assert.deepEqual(await behind(), [], 'whoever took it has a moment to tell it')
    await world.setClock(NOW + 1_000)
    assert.deepEqual(await behind(), [left], 'it was not told')
    await world.setClock(NOW)
    if (left !== undefined) await forgetLeftBehind(database(), left)
    assert.deepEqual(await world.sql('select from sijil.left_behind where run = $1', [run]), [])
  })

  test('takes a run off a cluster that cannot be told of it', async () => {
    const { run } = await aWaitingRun()
    await moveTo('temporal', run)
    const runs = await runsToTell(database(), { loadable: ['deal@1'], limit: 100, patienceMs: 60_000, graceMs: 0 })
    assert.equal(await moveTo('local', run), 'RUN_BUSY', 'it may have been told')
    await notTold(database(), runs, 1_000)
    assert.equal(await moveTo('local', run), 'MOVED')
  })

  test('moves all in pages, and says what is left', async () => {
    const others = await LedgerWorld.open(database())
    const ask = { to: 'temporal', loadable: ['deal@1'], why: 'a test' } as const
    const page = (after: string | undefined) =>
      database().transaction({ role: 'engine' }, (session) =>
        askForMoves(session, { ...by(), tenant: others.tenant }, ask, { after, limit: 2 }),
      )
    const runs: string[] = []
    for (const next of [waiting, { status: 'running' } as const, waiting, ended]) {
      const first = others.creating()
      const parked = following(first, { next })
      for (const patch of [first, parked]) await others.writer('w').commit(patch)
      runs.push(first.run)
    }
    const [first, busy, third] = runs
    assert.deepEqual(await page(undefined), [
      { run: first, answer: 'MOVED' },
      { run: busy, answer: 'RUN_BUSY' },
    ])
    assert.deepEqual(await page(busy), [{ run: third, answer: 'MOVED' }])
    const left = () =>
      database().transaction({ role: 'member', tenant: others.tenant }, (session) =>
        countElsewhere(session, others.tenant, 'temporal'),
      )
    assert.equal(await left(), 1)
    assert.deepEqual(
      await page(undefined),
      [{ run: busy, answer: 'RUN_BUSY' }],
      'begun again it asks only for the rest',
    )
  })
})

describe('A move and a commit at the same moment', () => {
  const database = ledgerForSuite('postgres')

  test('wait for each other, and the run is on one engine', async () => {
    const world = await LedgerWorld.open(database())
    const first = world.creating()
    const parked = following(first, { next: waiting })
    for (const patch of [first, parked]) await world.writer('w').commit(patch)
    let verdict: Promise<unknown> | undefined
    await database().transaction({ role: 'engine' }, async (session) => {
      const by = { tenant: world.tenant, person: 'operator', source: 'test' }
      const to = { to: 'temporal', loadable: ['deal@1'], why: 'a test' } as const
      assert.equal(await askForMove(session, by, first.run, to), 'MOVED')
      verdict = world.writer('w').commit(following(parked, { records: [aRecord('a', 1)] }))
      for (let turn = 0; turn < 10_000; turn += 1) {
        const blocked = await world.sql(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%commit_batch%'",
        )
        if (blocked.length > 0) return
      }
      assert.fail('the commit was never blocked')
    })
    assert.deepEqual(await verdict, { kind: 'fenced' })
    assert.equal((await world.written(first.run)).records, 0)
  })
})
