import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../test/support/audit-log.ts'
import { openTestDatabase } from '../../test/support/databases.ts'
import { openOrderWorld } from '../../test/support/order-world.ts'
import { backUp, restore } from './backup.ts'
import type { Database } from './database/database.ts'
import { DatabaseError } from './database/database-error.ts'
import { claimRuns } from './load-runs.ts'
import { migrate } from './migrate.ts'
import { readRun } from './reading/runs.ts'
import { verifyRows } from './verify/verify-ledger.ts'

const claimAll = async (database: Database) => {
  await database.script("update sijil.runs set status = 'ready', due_ms = 0 where status = 'waiting'")
  return claimRuns(database, { worker: 'w', leaseMs: 1_000, limit: 10, loadable: ['order@1'] })
}

for (const [from, to] of [
  ['pglite', 'postgres'],
  ['postgres', 'pglite'],
] as const) {
  test(`a backup of ${from} is restored into ${to}, whole and in quarantine`, async () => {
    using directory = temporaryDirectory()
    await using stack = new AsyncDisposableStack()
    const open = async (kind: Database['kind']) =>
      stack.adopt(await openTestDatabase(kind), (database) => database.close())
    const file = directory.file('ledger.snapshot')

    const original = await open(from)
    await migrate(original)
    const w = await openOrderWorld(original)
    const run = await w.ordered()
    await w.world.close()
    const { rows } = await backUp(original, file)

    const restored = await open(to)
    await migrate(restored)
    await restored.script(`insert into sijil.clock (at_ms) values (${w.world.now + 1})`)
    assert.equal((await restore(restored, file)).rows, rows)
    assert.deepEqual(await verifyRows(restored), [])
    const before = await readRun(original, w.world.tenant, run)
    const after = await readRun(restored, w.world.tenant, run)
    assert.deepEqual({ ...after, audit: [] }, { ...before, audit: [] })

    assert.deepEqual(
      (await claimAll(original)).map(({ id, quarantined }) => [id, quarantined]),
      [[run, false]],
    )
    assert.deepEqual(
      (await claimAll(restored)).map(({ id, quarantined }) => [id, quarantined]),
      [[run, true]],
    )
    await assert.rejects(
      restore(restored, file),
      (error: unknown) => error instanceof DatabaseError && error.code === 'SNAPSHOT_REFUSED',
    )
  })
}
