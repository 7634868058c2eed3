import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { migrate } from '../../src/ledger/migrate.ts'
import { savedPartner, savePartner } from '../../src/ledger/partners.ts'
import { listPartners, readPartner } from '../../src/ledger/reading/partners.ts'
import { onBothDatabases } from '../support/databases.ts'
import { runs } from '../support/property-runs.ts'
import { LedgerWorld } from './ledger-world.ts'

onBothDatabases('Partners of the built-in CRM', (database) => {
  before(() => migrate(database()))

  test('a partner is created once, keeps what a later write leaves out, and shows every write', async () => {
    const { tenant } = await LedgerWorld.open(database())
    const save = (key: string, stage: string, properties: Readonly<Record<string, string>>) =>
      savePartner(database(), { tenant, key, partner: 'p-1', stage, properties })
    const first = await save('run/open#1', 'applicant', { name: 'شركة نجد', language: 'ar' })
    assert.equal(first.created, true)
    assert.deepEqual(await save('run/active#1', 'active', { term_months: '24' }), { ...first, created: false })
    const view = await readPartner(database(), tenant, 'p-1')
    assert.equal(view?.stage, 'active')
    assert.deepEqual(view.properties, { name: 'شركة نجد', language: 'ar', term_months: '24' })
    assert.deepEqual(
      view.writes.map(({ key, stage }) => [key, stage]),
      [
        ['run/open#1', 'applicant'],
        ['run/active#1', 'active'],
      ],
    )
    assert.deepEqual(
      (await listPartners(database(), tenant)).map(({ id }) => id),
      ['p-1'],
    )
    assert.equal(await readPartner(database(), tenant, 'p-2'), undefined)
  })

  test('a key that has saved answers the same for ever and brings nothing old back', async () => {
    const { tenant } = await LedgerWorld.open(database())
    const save = (key: string, stage: string) =>
      savePartner(database(), { tenant, key, partner: 'p-1', stage, properties: {} })
    assert.equal(await savedPartner(database(), tenant, 'run/open#1'), undefined)
    const first = await save('run/open#1', 'applicant')
    await save('run/close#1', 'closed')
    assert.deepEqual(await save('run/open#1', 'applicant'), first)
    assert.deepEqual(await savedPartner(database(), tenant, 'run/open#1'), first)
    assert.equal((await readPartner(database(), tenant, 'p-1'))?.stage, 'closed')
  })

  test('however often and at once keys are used, each writes once and one of them creates the record', async () => {
    const drawn = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(drawn, async (keys) => {
        const { tenant } = await LedgerWorld.open(database())
        const answers = await Promise.all(
          keys.map(async (key) => ({
            key,
            ...(await savePartner(database(), {
              tenant,
              key,
              partner: 'p',
              stage: 'active',
              properties: { [key]: key },
            })),
          })),
        )
        const creators = new Set(answers.filter(({ created }) => created).map(({ key }) => key))
        assert.equal(creators.size, 1)
        assert.equal(new Set(answers.map(({ recordId }) => recordId)).size, 1)
        const view = await readPartner(database(), tenant, 'p')
        assert.deepEqual(view?.writes.map(({ key }) => key).toSorted(), [...new Set(keys)].toSorted())
        assert.deepEqual(Object.keys(view?.properties ?? {}).toSorted(), [...new Set(keys)].toSorted())
      }),
      runs(20),
    )
  })

  test('another tenant sees nothing of it', async () => {
    const { tenant } = await LedgerWorld.open(database())
    await savePartner(database(), { tenant, key: 'k', partner: 'p', stage: 'active', properties: {} })
    const other = await LedgerWorld.open(database())
    assert.deepEqual(await listPartners(database(), other.tenant), [])
    assert.equal(await readPartner(database(), other.tenant, 'p'), undefined)
  })
})
