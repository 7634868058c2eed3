import assert from 'node:assert/strict'
import dns from 'node:dns'
import { createServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterEach, mock, test } from 'node:test'
import { EffectNotMade } from '../flow/failure.ts'
import { z } from 'zod'
import { exchange } from './http-exchange.ts'
import { addressFor, allowPrivateAddresses } from './reach.ts'
import { answerOfChange } from './sorted-answer.ts'

const { signal } = new AbortController()
const dialect = { vendor: 'A vendor', code: () => undefined }

/** A server on this machine that counts who comes. */
async function withServer(use: (port: number, came: () => number) => Promise<void>): Promise<void> {
  let came = 0
  const server = createServer((_request, response) => {
    came += 1
    response.end('{}')
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  try {
    // A server that listens on a port has an address of this form.
    await use((server.address() as AddressInfo).port, () => came)
  } finally {
    server.close()
  }
}

/** A name server under somebody else's control: it leads any name where it likes, each time anew. */
function leading(addresses: readonly string[]) {
  let asked = 0
  mock.method(dns, 'lookup', (_name: string, _options: object, callback: (...found: unknown[]) => void) => {
    const address = addresses[Math.min(asked, addresses.length - 1)]
    asked += 1
    callback(null, [{ address, family: 4 }])
  })
  syncBuiltinESMExports()
}

afterEach(() => {
  mock.restoreAll()
  syncBuiltinESMExports()
  allowPrivateAddresses([])
})

const ask = (base: string) => exchange({ method: 'POST', base, path: 'x', body: {}, signal })

test('a configured address of this machine is reached, and a name that leads to it is not', () =>
  withServer(async (port, came) => {
    for (const host of ['127.0.0.1', 'localhost'])
      assert.equal((await ask(`http://${host}:${port}`)).kind, 'answered', host)
    assert.equal(came(), 2)
    leading(['127.0.0.1'])
    const result = await ask(`http://vendor.example:${port}`)
    assert.equal(result.kind, 'not sent')
    assert.throws(
      () => answerOfChange(result, z.object({}), dialect),
      (error) => error instanceof EffectNotMade && error.code === 'ADDRESS_NOT_ALLOWED',
    )
    assert.equal(came(), 2)
  }))

test('an address within a network is not reached, however it is written', async () => {
  const hosts = ['10.0.0.1', '169.254.169.254', '192.168.1.1', '[fd00::1]', '[::ffff:10.0.0.1]', '0x0a.1', '0.0.0.0']
  for (const host of hosts) assert.equal((await ask(`https://${host}/`)).kind, 'not sent', host)
})

test('what is opened is reached', () =>
  withServer(async (port, came) => {
    leading(['127.0.0.1'])
    allowPrivateAddresses(['127.0.0.0/8'])
    assert.equal((await ask(`http://vendor.example:${port}`)).kind, 'answered')
    assert.equal(came(), 1)
  }))

test('a name that leads elsewhere from one moment to the next is held to where the connection goes', () =>
  withServer(async (port, came) => {
    leading(['192.0.2.1', '127.0.0.1']) // documentation only, then this machine
    allowPrivateAddresses(['192.0.2.0/24'])
    const first = exchange({
      method: 'GET',
      base: `http://vendor.example:${port}`,
      path: '',
      signal: AbortSignal.timeout(50),
    })
    await first
    assert.equal((await ask(`http://vendor.example:${port}`)).kind, 'not sent')
    assert.equal(came(), 0)
  }))

test('a mail server is connected to by the address that was checked', async () => {
  assert.equal(await addressFor('127.0.0.1'), '127.0.0.1')
  assert.match(await addressFor('localhost'), /^(127\.|::1)/)
  for (const host of ['10.0.0.1', 'fd00::1']) await assert.rejects(addressFor(host), { code: 'ADDRESS_NOT_ALLOWED' })
})
