import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { before, it, test } from 'node:test'
import fc from 'fast-check'
import { onBothDatabases } from '../../test/support/databases.ts'
import { migrate } from '../ledger/migrate.ts'
import { KeyCache } from './key-cache.ts'
import { openVault, personOfSealed, type VaultSettings } from './vault.ts'
import { PersonErased, type PersonInUse } from './vault-error.ts'

const masterKey = createSecretKey(Buffer.alloc(32, 7))
const nobodyNeedsIt = async () => []

onBothDatabases('A vault', (database) => {
  before(() => migrate(database()))
  const vaultWith = (more: Partial<VaultSettings> = {}) => openVault({ database: database(), masterKey, ...more })

  it('gives back what it sealed, also after a restart', async () => {
    const vault = vaultWith()
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value))
        assert.deepEqual(await vaultWith().open('acme', await vault.seal('acme', 'round-trip', plain)), plain)
      }),
      { numRuns: 20 },
    )
  })

  it('shows neither the value nor its tenant in the sealed text, and says whose it is', async () => {
    const sealed = await vaultWith().seal('acme', 'shown', 'Sara')
    assert.match(sealed.sealed, /^v1\.shown\.[\w-]+$/)
    assert.doesNotMatch(Buffer.from(sealed.sealed.split('.')[2] ?? '', 'base64url').toString('latin1'), /Sara|acme/)
    assert.equal(personOfSealed(sealed), 'shown')
  })

  it('seals equal values of one person alike, and of two people differently', async () => {
    const vault = vaultWith()
    const one = await vault.seal('acme', 'alike', { a: 1, b: 2 })
    assert.deepEqual(await vaultWith().seal('acme', 'alike', { b: 2, a: 1 }), one)
    const boxOf = ({ sealed }: { readonly sealed: string }) => sealed.split('.')[2]
    assert.notEqual(boxOf(await vault.seal('acme', 'other', { a: 1, b: 2 })), boxOf(one))
    assert.notEqual(boxOf(await vault.seal('acme', 'alike', { a: 1, b: 3 })), boxOf(one))
  })

  it('opens nothing for another tenant, even for a person of the same id there', async () => {
    const vault = vaultWith()
    const sealed = await vault.seal('acme', 'tenant-bound', 'Sara')
    await assert.rejects(vault.open('globex', sealed), { code: 'PERSON_UNKNOWN' })
    await vault.seal('globex', 'tenant-bound', 'Omar')
    await assert.rejects(vault.open('globex', sealed), { code: 'SEALED_VALUE_CHANGED' })
  })

  it('opens nothing under the key of another person', async () => {
    const vault = vaultWith()
    const { sealed } = await vault.seal('acme', 'moved-from', 'Sara')
    await vault.seal('acme', 'moved-to', 'Omar')
    const moved = { sealed: sealed.replace('moved-from', 'moved-to') }
    await assert.rejects(vault.open('acme', moved), { code: 'SEALED_VALUE_CHANGED' })
  })

  it('opens nothing with a wrapped key that was copied from another person', async () => {
    await vaultWith().seal('acme', 'key-from', 'Sara')
    const sealed = await vaultWith().seal('acme', 'key-to', 'Omar')
    await database().script(`update sijil.person_keys set wrapped = source.wrapped from sijil.person_keys source
      where person_keys.person = 'key-to' and source.person = 'key-from'`)
    await assert.rejects(vaultWith().open('acme', sealed), { code: 'MASTER_KEY_WRONG' })
  })

  it('opens nothing of which one byte was changed', async () => {
    const vault = vaultWith()
    const { sealed } = await vault.seal('acme', 'tampered', 'Sara')
    const box = Buffer.from(sealed.split('.')[2] ?? '', 'base64url')
    for (const at of box.keys()) {
      const changed = Buffer.from(box)
      changed[at] = (changed[at] ?? 0) ^ 1
      const forged = { sealed: `v1.tampered.${changed.toString('base64url')}` }
      await assert.rejects(vault.open('acme', forged), { code: 'SEALED_VALUE_CHANGED' })
    }
    await assert.rejects(vault.open('acme', { sealed: 'v1.tampered.AAAA' }), { code: 'SEALED_VALUE_CHANGED' })
    await assert.rejects(vault.open('acme', { sealed: 'v2.tampered.AAAA' }), { code: 'SEALED_VALUE_MALFORMED' })
  })

  it('says so when it has the wrong master key', async () => {
    const sealed = await vaultWith().seal('acme', 'wrong-master', 'Sara')
    const other = vaultWith({ masterKey: createSecretKey(Buffer.alloc(32, 8)) })
    await assert.rejects(other.open('acme', sealed), { code: 'MASTER_KEY_WRONG' })
  })

  it('opens and seals nothing once the person is erased, and erases once', async () => {
    const vault = vaultWith()
    const sealed = await vault.seal('acme', 'erased', 'Sara')
    assert.equal(await vault.erase('acme', 'erased', nobodyNeedsIt), 'erased')
    for (const each of [vault, vaultWith()]) {
      await assert.rejects(each.open('acme', sealed), PersonErased)
      await assert.rejects(each.seal('acme', 'erased', 'Sara'), { code: 'PERSON_ERASED' })
    }
    assert.equal(await vault.erase('acme', 'erased', nobodyNeedsIt), 'was erased')
    assert.equal(await vault.erase('acme', 'never-seen', nobodyNeedsIt), 'unknown')
  })

  it('leaves the same person of another tenant alone', async () => {
    const vault = vaultWith()
    const kept = await vault.seal('globex', 'in-both', 'Sara')
    await vault.seal('acme', 'in-both', 'Sara')
    await vault.erase('acme', 'in-both', nobodyNeedsIt)
    assert.equal(await vaultWith().open('globex', kept), 'Sara')
  })

  it('erases nobody whom an open undo still needs', async () => {
    const vault = vaultWith()
    const sealed = await vault.seal('acme', 'needed', 'Sara')
    await assert.rejects(
      vault.erase('acme', 'needed', async () => ['run-1']),
      (error: PersonInUse) => error.code === 'PERSON_IN_USE' && error.runs[0] === 'run-1',
    )
    assert.equal(await vaultWith().open('acme', sealed), 'Sara')
  })

  it('holds a key of a person whom another process erased no longer than its lifetime', async () => {
    let now = 0
    const holder = vaultWith({ now: () => now, keyLifetimeMs: 1_000 })
    const sealed = await holder.seal('acme', 'erased-elsewhere', 'Sara')
    await vaultWith().erase('acme', 'erased-elsewhere', nobodyNeedsIt)
    now = 1_000
    await assert.rejects(holder.open('acme', sealed), PersonErased)
  })

  it('gives a person one key, whoever is first', async () => {
    const vaults = Array.from({ length: 6 }, () => vaultWith())
    const sealed = await Promise.all(vaults.map((vault) => vault.seal('acme', 'at-once', 'Sara')))
    assert.equal(new Set(sealed.map((each) => each.sealed)).size, 1)
    assert.equal(await vaultWith().open('acme', sealed[5] ?? assert.fail('six were sealed')), 'Sara')
  })

  it('knows a person again by what identifies them, in one tenant only', () => {
    const id = vaultWith().personOf('acme', 'Sara@Example.sa')
    assert.equal(vaultWith().personOf('acme', ' sara@example.SA '), id)
    assert.notEqual(vaultWith().personOf('globex', 'sara@example.sa'), id)
    assert.notEqual(vaultWith().personOf('acme', 'omar@example.sa'), id)
    const other = vaultWith({ masterKey: createSecretKey(Buffer.alloc(32, 8)) })
    assert.notEqual(other.personOf('acme', 'sara@example.sa'), id)
    assert.match(id, /^[\w-]{24}$/)
  })

  it('refuses a person id that the sealed text could not carry', async () => {
    await assert.rejects(vaultWith().seal('acme', 'a.b', 'Sara'), RangeError)
  })
})

test('a key cache drops the key that was not used for longest, and no failure stays in it', async () => {
  const loads: string[] = []
  const cache = new KeyCache<string>(2, 1_000, () => 0)
  const get = (id: string) => cache.get(id, async () => `${id}${loads.push(id)}`)
  for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await get(id)
  assert.deepEqual(loads, ['a', 'b', 'c', 'b'])
  await assert.rejects(cache.get('failing', () => Promise.reject(new Error('no database'))))
  assert.equal(await cache.get('failing', async () => 'key'), 'key')
})
