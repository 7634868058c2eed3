import assert from 'node:assert/strict'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryDirectory } from '../../test/support/audit-log.ts'
import { loadSigningKey, signerId, verifierOf } from './signing-key.ts'

test('a signature verifies with the exported public key, and not once a byte, the key or the signer is another', async () => {
  using one = temporaryDirectory()
  using other = temporaryDirectory()
  const [mine, theirs] = [await loadSigningKey(one.path), await loadSigningKey(other.path)]
  const data = Buffer.from('tree head')
  const signature = mine.sign(data)
  const verify = verifierOf([mine.publicKey, theirs.publicKey])
  assert.equal(mine.id, signerId(mine.publicKey))
  assert.equal(verify(mine.id, data, signature), 'valid')
  assert.equal(verify(mine.id, Buffer.from('tree heaD'), signature), 'invalid')
  assert.equal(verify(theirs.id, data, signature), 'invalid')
  assert.equal(theirs.verify(mine.id, data, signature), 'unknown signer')
})

test('what a replaced key signed still verifies', async () => {
  using keys = temporaryDirectory()
  const before = await loadSigningKey(keys.path)
  const signature = before.sign(Buffer.from('head'))
  assert.equal((await loadSigningKey(keys.path)).id, before.id)
  assert.equal(statSync(keys.file('signing-key.pem')).mode & 0o777, 0o600)
  rmSync(keys.file('signing-key.pem'))
  const after = await loadSigningKey(keys.path)
  assert.notEqual(after.id, before.id)
  assert.equal(after.verify(before.id, Buffer.from('head'), signature), 'valid')
  assert.deepEqual(new Set(after.publicKeys.keys()), new Set([before.id, after.id]))
})

test('a file that holds no Ed25519 key is refused', async () => {
  using keys = temporaryDirectory()
  writeFileSync(keys.file('signing-key.pem'), 'no key', { mode: 0o600 })
  await assert.rejects(loadSigningKey(keys.path), { code: 'KEY_MALFORMED' })
})
