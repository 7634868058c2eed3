import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vendorUrl } from './setting-kinds.ts'

const problemOf = (text: string): string | undefined => vendorUrl.safeParse(text).error?.issues[0]?.message

test('the address of a vendor is https, or on this machine', () => {
  for (const text of [
    'https://api.vendor.example',
    'http://127.0.0.1:4748/vendor',
    'http://localhost',
    'http://[::1]:80',
  ])
    assert.equal(problemOf(text), undefined, text)
  for (const text of ['http://api.vendor.example', 'http://127.vendor.example', 'http://127.0.0.1.vendor.example'])
    assert.equal(problemOf(text), 'must begin with https:// unless it is on this machine', text)
})

test('what is no address is said to be none, and is not shown', () => {
  for (const text of ['', 'hunter2', 'ftp://vendor.example', 'https://'])
    assert.equal(problemOf(text), 'is not a web address', text)
})
