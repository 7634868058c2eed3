import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LedgerClock } from './clock.ts'
import type { Database } from './database/database.ts'
import { groupCommit } from './group-commit.ts'
import { newRunId } from './ids.ts'

test('Closing waits for an answer that does not come without turning the event loop round and round', async () => {
  const answer = Promise.withResolvers<readonly never[]>()
  const database: Database = {
    kind: 'postgres',
    engine: { query: () => answer.promise },
    transaction: () => Promise.reject(new Error('not asked for')),
    script: async () => {},
    close: async () => {},
  }
  const commits = groupCommit({ database, clock: new LedgerClock(), worker: 'w', leaseMs: 1_000 })
  const patch = { tenant: 't', run: newRunId(), create: undefined, epoch: 1, batch: 1, seq: 0, mailbox: undefined }
  const nothing = { pivoted: false, next: { status: 'running' }, records: [], audits: [], rare: [] } as const
  const written = commits.commit({ ...patch, ...nothing })
  await turn()
  const turns = mock.method(globalThis, 'setImmediate')
  const closed = commits.close()
  for (let round = 0; round < 20; round += 1) await turn()
  const asked = turns.mock.callCount()
  turns.mock.restore()
  answer.resolve([])
  await closed
  assert.deepEqual(await written, { kind: 'written' })
  assert.ok(asked < 3, `${asked} turns`)
})
