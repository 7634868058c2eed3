import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryDirectory } from '../../test/support/audit-log.ts'
import { addPayloadKey, loadPayloadKeys, sealWithPayloadKey } from './payload-keys.ts'

const idsIn = async (directory: string) => (await loadPayloadKeys({ directory })).map(({ id }) => id)

test('a payload key is made once, for its owner only, and found again by all who start at once', async () => {
  using keys = temporaryDirectory()
  const loaded = await Promise.all(Array.from({ length: 8 }, () => loadPayloadKeys({ directory: keys.path })))
  const texts = loaded.map(([{ id, key }]) => `${id} ${key.toString('base64')}`)
  assert.equal(new Set(texts).size, 1)
  assert.equal(loaded[0]?.[0].key.length, 32)
  assert.equal(statSync(keys.file('payload.keys')).mode & 0o777, 0o600)
})

test('a key is rotated in two steps: first all can read with it, then it seals', async () => {
  using keys = temporaryDirectory()
  const [old] = await loadPayloadKeys({ directory: keys.path })
  const added = await addPayloadKey(keys.path)
  assert.deepEqual(await idsIn(keys.path), [old.id, added])
  await sealWithPayloadKey(keys.path, added)
  assert.deepEqual(await idsIn(keys.path), [added, old.id])
  const [, second] = await loadPayloadKeys({ directory: keys.path })
  assert.deepEqual(second, old)
  assert.equal(statSync(keys.file('payload.keys')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(keys.path), ['payload.keys'])
})

test('a key that is not there is not sealed with, and the file stays as it was', async () => {
  using keys = temporaryDirectory()
  await loadPayloadKeys({ directory: keys.path })
  const before = readFileSync(keys.file('payload.keys'), 'utf8')
  await assert.rejects(sealWithPayloadKey(keys.path, 'other'), { code: 'KEY_MALFORMED' })
  assert.equal(readFileSync(keys.file('payload.keys'), 'utf8'), before)
})

test('keys of the environment win, and those of another form are refused without being shown', async () => {
  using keys = temporaryDirectory()
  const directory = keys.path
  const one = randomBytes(32).toString('base64')
  const other = randomBytes(32).toString('base64')
  const loaded = await loadPayloadKeys({ environment: `b:${other},a:${one}`, directory })
  assert.deepEqual(
    loaded.map(({ id, key }) => [id, key.toString('base64')]),
    [
      ['b', other],
      ['a', one],
    ],
  )
  assert.deepEqual(readdirSync(directory), [])
  for (const malformed of ['', one, `a:${one.slice(4)}`, `a:${one},a:${other}`, `:${one}`, `a b:${one}`])
    await assert.rejects(loadPayloadKeys({ environment: malformed, directory }), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'KEY_MALFORMED')
      assert.ok(!error.message.includes(one.slice(4)))
      return true
    })
})

test('a file of payload keys that others may read is refused', async () => {
  using keys = temporaryDirectory()
  await loadPayloadKeys({ directory: keys.path })
  chmodSync(keys.file('payload.keys'), 0o644)
  await assert.rejects(loadPayloadKeys({ directory: keys.path }), { code: 'KEY_EXPOSED' })
})
