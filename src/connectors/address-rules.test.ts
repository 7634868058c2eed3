import assert from 'node:assert/strict'
import { type LookupAddress, lookup } from 'node:dns'
import { test } from 'node:test'
import { addressRules, areRanges } from './address-rules.ts'

const inside = `127.0.0.1 10.0.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
  ::1 :: fe80::1 fd00::1 ::ffff:10.0.0.1 ::ffff:7f00:1 64:ff9b::a00:1 2002:a00:1::`.split(/\s+/)
const outside = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']

test('only public addresses are sent to, however they are written', () => {
  const rules = addressRules([])
  for (const address of inside) assert.equal(rules.isAllowed(address), false, address)
  for (const address of outside) assert.equal(rules.isAllowed(address), true, address)
  const refused = `https://127.0.0.1/ https://0x7f.1/ https://2130706433/ https://[::1]/ https://[::ffff:127.0.0.1]/
    https://localhost/ https://a.localhost./ http://example.com/ ftp://example.com/ https://u@example.com/
    https://example.com/#a example.com javascript:1 https://example.com/${'a'.repeat(2_048)}`.split(/\s+/)
  for (const url of ['', ...refused]) assert.ok(rules.problemWith(url), url)
  for (const url of ['https://example.com/', 'https://8.8.8.8:8443/a?b=c', 'https://[2606:4700::1111]/'])
    assert.equal(rules.problemWith(url), undefined, url)
})

test('what is opened is sent to, without TLS on this machine only', () => {
  const rules = addressRules(['127.0.0.0/8', '10.1.0.0/16'])
  assert.deepEqual(
    ['127.0.0.1', '10.1.2.3', '10.2.0.1', '::1'].map((address) => rules.isAllowed(address)),
    [true, true, false, false],
  )
  for (const url of ['http://127.0.0.1:8080/', 'http://localhost/', 'https://10.1.2.3/'])
    assert.equal(rules.problemWith(url), undefined, url)
  for (const url of ['http://10.1.2.3/', 'https://10.2.0.1/']) assert.ok(rules.problemWith(url), url)
})

test('a name is held to where it leads when the connection is made', async () => {
  const asked = (ranges: readonly string[], all: boolean) =>
    new Promise<string | LookupAddress[]>((resolve, reject) => {
      addressRules(ranges).lookup('localhost', { all }, (error, address) => (error ? reject(error) : resolve(address)))
    })
  const found = await new Promise<LookupAddress[]>((resolve, reject) => {
    lookup('localhost', { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
  assert.ok(found.length > 0)
  for (const all of [true, false]) await assert.rejects(asked([], all), { code: 'ADDRESS_NOT_ALLOWED' })
  assert.deepEqual(await asked(['127.0.0.0/8', '::1/128'], true), found)
  assert.equal(await asked(['127.0.0.0/8', '::1/128'], false), found[0]?.address)
})

test('a list of ranges is known by its form', () => {
  for (const good of [[], ['10.0.0.0/8', 'fd00::/8', '127.0.0.1/32']]) assert.ok(areRanges(good))
  for (const bad of ['10.0.0.0', '10.0.0.0/33', 'a/8', '/8', '::1/129', '10.0.0.0/8/8', '10.0.0.0/x'])
    assert.equal(areRanges([bad]), false, bad)
})
