import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { exchange } from './http-exchange.ts'

const signal = new AbortController().signal

/** Serves one answer, and tells what was asked. */
async function withServer(
  answer: { readonly status: number; readonly location?: string },
  use: (base: string, asked: string[]) => Promise<void>,
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.connection}`)
    response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end('{}')
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  try {
    // A server that listens on a port has an address of this form.
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base`, asked)
  } finally {
    server.close()
  }
}

test('requests stay below the configured address and open their own connection', () =>
  withServer({ status: 200 }, async (base, asked) => {
    await exchange({ method: 'GET', base, path: 'a/b', query: { q: 'x y' }, signal })
    assert.deepEqual(asked, ['GET /base/a/b?q=x+y close'])
    for (const path of ['../other', '/other', 'http://127.0.0.1:1/', '//evil.example/'])
      await assert.rejects(exchange({ method: 'GET', base, path, signal }), /leads away/)
    assert.equal(asked.length, 1)
  }))

test('a redirect is an answer and is not followed', () =>
  withServer({ status: 307, location: '/elsewhere' }, async (base, asked) => {
    const result = await exchange({ method: 'POST', base, path: 'x', body: {}, signal })
    assert.equal(result.kind === 'answered' && result.status, 307)
    assert.equal(asked.length, 1)
  }))

test('a refused connection and an unknown host were certainly not reached', async () => {
  let closed = ''
  await withServer({ status: 200 }, async (base) => {
    closed = base
  })
  assert.equal((await exchange({ method: 'POST', base: closed, path: 'x', body: {}, signal })).kind, 'not sent')
})

test('an attempt that is aborted may have arrived', async () => {
  const server = createServer(() => controller.abort())
  const controller = new AbortController()
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  // A server that listens on a port has an address of this form.
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const result = await exchange({ method: 'POST', base, path: 'x', body: {}, signal: controller.signal })
  assert.deepEqual([result.kind, result.kind === 'no answer' && result.timedOut], ['no answer', true])
  server.closeAllConnections()
  server.close()
})
