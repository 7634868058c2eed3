import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { before, it } from 'node:test'
import { z } from 'zod'
import { temporaryDirectory } from '../../test/support/audit-log.ts'
import { onBothDatabases, openTestDatabase } from '../../test/support/databases.ts'
import { calendarOf } from '../decisions/calendar.ts'
import { authenticate } from '../decisions/people.ts'
import { migrate } from '../ledger/migrate.ts'
import { readPeople, readPolicies, readTenant } from '../ledger/reading/organisation.ts'
import { seedOrganisation } from './organisation.ts'

const KeysFile = z.object({ keys: z.record(z.string(), z.string()) })
const keysIn = (file: string): Readonly<Record<string, string>> =>
  KeysFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys

onBothDatabases('The sample organisation', (database) => {
  before(async () => {
    await migrate(database())
  })

  it('is added once, and its people hold keys of which the ledger knows digests only', async () => {
    using directory = temporaryDirectory()
    const settings = { database: database(), keysDirectory: directory.path }
    const { keysFile, tenant, written } = await seedOrganisation(settings)
    assert.ok(written > 20)
    assert.equal((await seedOrganisation(settings)).written, 0)
    assert.equal(statSync(keysFile).mode & 0o777, 0o600)

    const keys = keysIn(keysFile)
    const actor = await authenticate(database(), keys['maha'] ?? '', 'cli')
    assert.deepEqual(actor, { tenant, person: 'maha', roles: ['manager', 'requester'], source: 'cli' })
    assert.equal((await readTenant(database(), tenant))?.nameAr, 'مدار للنمو')
    const rows = await database().transaction({ role: 'owner' }, (session) =>
      session.query<{ row: string }>({ name: '', text: 'select p::text as row from sijil.people p' }),
    )
    for (const key of Object.values(keys)) assert.ok(rows.every(({ row }) => !row.includes(key)))

    // A changed policy stays; a key that was replaced in the file replaces the old one.
    await database().script("update sijil.policies set class = 'C' where action = 'welcome_partner'")
    const other = `${keys['noura']?.slice(0, -4)}0000`
    writeFileSync(keysFile, JSON.stringify({ tenant, keys: { ...keys, noura: other } }))
    assert.equal((await seedOrganisation(settings)).written, 1)
    assert.equal(await authenticate(database(), keys['noura'] ?? '', 'cli'), undefined)
    assert.equal((await authenticate(database(), other, 'cli'))?.person, 'noura')
    const policies = await readPolicies(database(), tenant)
    assert.equal(policies.find(({ action }) => action === 'welcome_partner')?.class, 'C')
  })

  it('lets nobody in with a key of another form, tenant or person', async () => {
    for (const key of [
      '',
      'sijil_madar_',
      `sijil_madar_${'0'.repeat(64)}`,
      `sijil_nobody_${'0'.repeat(64)}`,
      'sijil_x\0_1',
    ])
      assert.equal(await authenticate(database(), key, 'http'), undefined)
  })

  it('has people enough for four eyes and a quorum', async () => {
    const people = await readPeople(database(), 'madar')
    const holders = (role: string) => people.filter(({ roles }) => roles.includes(role)).length
    for (const role of ['requester', 'director', 'vp', 'c-level', 'operator']) assert.ok(holders(role) >= 1, role)
    assert.ok(holders('manager') >= 2 && holders('legal') >= 2)
  })

  it('does not work on Saudi holidays', async () => {
    const calendar = await calendarOf(database(), 'madar')
    const after = (local: string, days: number) =>
      new Date(calendar.afterWorkingDays(Date.parse(`${local}T10:00:00+03:00`), days)).toISOString().slice(0, 10)
    assert.equal(after('2026-09-22', 1), '2026-09-24') // National Day
    assert.equal(after('2026-03-18', 1), '2026-03-23') // Eid al-Fitr
    assert.equal(after('2027-02-21', 1), '2027-02-23') // Founding Day
    assert.equal(after('2027-05-13', 1), '2027-05-19') // a weekend, then Eid al-Adha
  })
})

it('gives a new ledger the keys that are there, and refuses a file without everybody', async () => {
  using directory = temporaryDirectory()
  await using stack = new AsyncDisposableStack()
  const open = async () => {
    const database = stack.adopt(await openTestDatabase('pglite'), (opened) => opened.close())
    await migrate(database)
    return database
  }
  const first = await open()
  const { keysFile } = await seedOrganisation({ database: first, keysDirectory: directory.path })
  const second = await open()
  await seedOrganisation({ database: second, keysDirectory: directory.path })
  assert.equal((await authenticate(second, keysIn(keysFile)['sami'] ?? '', 'cli'))?.person, 'sami')
  writeFileSync(keysFile, '{"tenant":"madar","keys":{}}')
  await assert.rejects(seedOrganisation({ database: second, keysDirectory: directory.path }), { code: 'KEY_MALFORMED' })
})
