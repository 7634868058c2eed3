import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { box, deriveKey, keyBytes, nonceBytes, unbox } from './cipher.ts'

const key = createSecretKey(randomBytes(keyBytes))

test('a box opens with its key and context and with no other', () => {
  const boxed = box(key, randomBytes(nonceBytes), 'acme', Buffer.from('clear'))
  assert.equal(unbox(key, 'acme', boxed)?.toString(), 'clear')
  assert.equal(unbox(key, 'globex', boxed), undefined)
  assert.equal(unbox(deriveKey(key, 'another'), 'acme', boxed), undefined)
  assert.equal(unbox(key, 'acme', boxed.subarray(0, nonceBytes)), undefined)
})

test('each purpose has a key of its own', () => {
  assert.equal(deriveKey(key, 'one').equals(deriveKey(key, 'one')), true)
  assert.equal(deriveKey(key, 'one').equals(deriveKey(key, 'two')), false)
})
