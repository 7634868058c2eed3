import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { migrate } from '../migrate.ts'

onBothDatabases('plans', (database) => {
  test('engine and members go by key also in a table that was small when they first asked; whoever reads all may scan', async () => {
    await migrate(database())
    const setting = { name: 'setting', text: "select current_setting('enable_seqscan') as scans" }
    const seen = [
      await database().engine.query<{ scans: string }>(setting),
      await database().transaction({ role: 'member', tenant: 'a' }, (session) =>
        session.query<{ scans: string }>(setting),
      ),
      await database().transaction({ role: 'engine' }, (session) => session.query<{ scans: string }>(setting)),
      await database().transaction({ role: 'sealer' }, (session) => session.query<{ scans: string }>(setting)),
      await database().transaction({ role: 'owner' }, (session) => session.query<{ scans: string }>(setting)),
      await database().engine.query<{ scans: string }>(setting),
    ]
    assert.deepEqual(
      seen.map(([row]) => row?.scans),
      ['off', 'off', 'off', 'on', 'on', 'off'],
    )
  })
})
