import assert from 'node:assert/strict'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { temporaryDirectory } from '../../test/support/audit-log.ts'
import { loadMasterKey } from './master-key.ts'

const bytesOf = async (source: Parameters<typeof loadMasterKey>[0]) =>
  (await loadMasterKey(source)).key.export().toString('base64')

test('a master key is made once, for its owner only, and found again', async () => {
  using keys = temporaryDirectory()
  const directory = keys.file('keys')
  assert.equal((await loadMasterKey({ directory })).source, 'created')
  assert.equal((await loadMasterKey({ directory })).source, 'file')
  assert.equal(await bytesOf({ directory }), await bytesOf({ directory }))
  assert.equal(statSync(`${directory}/master.key`).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(directory), ['master.key'])
})

test('processes that start at once share one master key', async () => {
  using keys = temporaryDirectory()
  const all = await Promise.all(Array.from({ length: 8 }, () => bytesOf({ directory: keys.path })))
  assert.equal(new Set(all).size, 1)
})

test('the master key of the environment wins, and one of another form is refused', async () => {
  using keys = temporaryDirectory()
  const environment = Buffer.alloc(32, 1).toString('base64')
  assert.equal(await bytesOf({ environment, directory: keys.path }), environment)
  assert.deepEqual(readdirSync(keys.path), [])
  for (const malformed of ['', 'secret', Buffer.alloc(31).toString('base64'), `${environment}!`]) {
    await assert.rejects(loadMasterKey({ environment: malformed, directory: keys.path }), { code: 'KEY_MALFORMED' })
  }
})

test('a key file that others may read is refused', async () => {
  using keys = temporaryDirectory()
  await loadMasterKey({ directory: keys.path })
  chmodSync(keys.file('master.key'), 0o640)
  await assert.rejects(loadMasterKey({ directory: keys.path }), { code: 'KEY_EXPOSED' })
})

test('a master key shows nothing of itself', async () => {
  const environment = Buffer.alloc(32, 65).toString('base64')
  const shown = inspect(await loadMasterKey({ environment, directory: 'nowhere' }), { depth: null })
  assert.doesNotMatch(shown, /AAAA|41 41|QUFB/)
})
