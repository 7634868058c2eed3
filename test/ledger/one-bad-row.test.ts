import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import type { RunPatch } from '../../src/ledger/patch.ts'
import { onBothDatabases } from '../support/databases.ts'
import { anAudit, aRecord, following, LedgerWorld } from './ledger-world.ts'

/** What a run could try to write that no database can keep, or that ours refuses. */
const offences: Readonly<Record<string, Partial<RunPatch>>> = {
  'a NUL in a text': { records: [aRecord('bad', 1, 'a\0b')] },
  'half a surrogate pair': { audits: [anAudit('bad', '\ud83d')] },
  'a NUL within JSON': { rare: [{ op: 'keep', body: { record: 'thing', id: 'a\0b', body: '{}', key: 'bad' } }] },
  'a number that is not one': { records: [{ ...aRecord('bad', 1), at: Number.NaN }] },
  'an outcome that does not exist': { records: [{ ...aRecord('bad', 1), outcome: 'perhaps' as 'value' }] },
  'one key twice': { records: [aRecord('bad', 1), aRecord('bad', 2)] },
}

onBothDatabases('One bad row', (database) => {
  let world: LedgerWorld
  before(async () => {
    await migrate(database())
    world = await LedgerWorld.open(database())
  })

  for (const [offence, of] of Object.entries(offences)) {
    test(`${offence}: of 64 runs in one batch only the offender fails`, async () => {
      const trouble: unknown[] = []
      const writer = world.writer('w', { onTrouble: (error) => trouble.push(error) })
      const created = Array.from({ length: 64 }, () => world.creating())
      await Promise.all(created.map((patch) => writer.commit(patch)))
      const verdicts = await Promise.all(
        created.map((patch, index) =>
          writer.commit(following(patch, index === 37 ? of : { records: [aRecord('good', 1)] })),
        ),
      )
      const refused = verdicts.flatMap(({ kind }, index) => (kind === 'written' ? [] : [[index, kind]]))
      assert.deepEqual(refused, [[37, 'refused']])
      assert.equal(trouble.length, 1)
      for (const [index, { run }] of created.entries())
        assert.equal((await world.written(run)).records, index === 37 ? 0 : 1)
    })
  }

  test('a refused patch leaves its run as it was, so that the run can say why it is stuck', async () => {
    const writer = world.writer('w')
    const first = world.creating()
    await writer.commit(first)
    assert.equal((await writer.commit(following(first, { records: [aRecord('bad', 1, '\0')] }))).kind, 'refused')
    const stuck = following(first, { next: { status: 'stuck', code: 'NOT_STORABLE', why: 'it cannot be kept' } })
    assert.deepEqual(await writer.commit(stuck), { kind: 'written' })
    assert.equal((await world.run(first.run)).status, 'stuck')
  })
})
