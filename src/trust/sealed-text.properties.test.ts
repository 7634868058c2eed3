import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { onBothDatabases } from '../../test/support/databases.ts'
import { runs } from '../../test/support/property-runs.ts'
import { isPersonal } from '../flow/personal.ts'
import { migrate } from '../ledger/migrate.ts'
import { openVault, personOfSealed } from './vault.ts'
import { VaultError } from './vault-error.ts'

const masterKey = createSecretKey(Buffer.alloc(32, 3))

onBothDatabases('A sealed text', (database) => {
  before(() => migrate(database()))
  const vault = () => openVault({ database: database(), masterKey })

  test('opens to what was sealed, and what it opens to is sealed to the same text', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom('one', 'other_-'), async (value, person) => {
        const sealed = await vault().seal('acme', person, value)
        assert.ok(isPersonal(sealed))
        assert.equal(personOfSealed(sealed), person)
        assert.deepEqual(await vault().seal('acme', person, await vault().open('acme', sealed)), sealed)
      }),
      runs(15),
    ))

  /** The last characters too, whose bits do not all count. */
  const places = fc.oneof(fc.nat(), fc.integer({ min: -3, max: -1 }))
  const characters = fc.oneof(fc.constantFrom('', ...Array.from('ABCDEFGHQgwxyz019-_=')), fc.string({ maxLength: 1 }))

  test('with one character changed, put in or left out it opens to nothing, and is refused by its code', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), places, fc.nat(1), characters, async (value, place, gone, put) => {
        const { sealed } = await vault().seal('acme', 'one', value)
        const at = place < 0 ? sealed.length + place : place % (sealed.length + 1)
        const changed = sealed.slice(0, at) + put + sealed.slice(at + gone)
        fc.pre(changed !== sealed)
        await assert.rejects(vault().open('acme', { sealed: changed }), (error) => {
          if (!(error instanceof VaultError)) throw error
          return ['PERSON_UNKNOWN', 'SEALED_VALUE_MALFORMED', 'SEALED_VALUE_CHANGED'].includes(error.code)
        })
      }),
      runs(150),
    ))
})
