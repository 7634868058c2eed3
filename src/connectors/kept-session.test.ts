import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, mock, suite, test } from 'node:test'
import { KeptSession, type SignedIn, usedUntil } from './kept-session.ts'

suite('A session that is kept', () => {
  const signal = new AbortController().signal
  /** Takes the tokens of the list, and answers what the path says to all others. */
  const good = new Set<string>()
  const server = createServer(({ url, headers: { authorization = '' } }, response) => {
    response.writeHead(good.has(authorization.replace('Bearer ', '')) ? 200 : Number(url?.slice(1))).end('{"by":"us"}')
  })
  let base = ''
  before(async () => {
    const listening = Promise.withResolvers<void>()
    // Whoever waits for what never comes is told so, instead of waiting on.
    server.listen(0, '127.0.0.1', listening.resolve).unref()
    await listening.promise
    // A server that listens on a port has an address of this form.
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  after(() => server.close())

  /** What was asked of the vendor's sign-in, in order, to be answered by the test. */
  let asked: { readonly signal: AbortSignal; readonly grant: (until?: number) => void; readonly deny: () => void }[] =
    []
  let session: KeptSession
  beforeEach(() => {
    asked = []
    good.clear()
    const signIn = (of: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<SignedIn>()
      const token = `token-${asked.length + 1}`
      asked.push({
        signal: of,
        grant: (until = Infinity) => resolve({ token, base, until }),
        deny: () => reject(new Error(`no to ${token}`)),
      })
      return promise
    }
    session = new KeptSession({ signIn, isOver: ({ status }) => status === 410 })
  })

  /** Lets everything run on that waits for nothing but its turn. */
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const request = { method: 'GET', signal } as const
  const statusOf = async (path: string, of: Pick<KeptSession, 'exchange'> = session) => {
    const result = await of.exchange({ ...request, path })
    return result.kind === 'answered' && result.status
  }

  test('is opened once for several first calls, by the first of them', async () => {
    const calls = [session.open(signal), session.open(signal), session.open(signal)]
    await turn()
    assert.equal(asked.length, 1)
    asked[0]?.grant()
    await Promise.all(calls)
    await session.open(signal)
    assert.equal(asked.length, 1)
  })

  test('carries its token, and may be opened by the request itself', async () => {
    good.add('token-1')
    const answer = statusOf('401')
    asked[0]?.grant()
    assert.equal(await answer, 200)
  })

  test('that was refused is opened anew, and a late refusal of the old one throws nothing away', async () => {
    for (const refusal of ['401', '410']) {
      const opening = session.open(signal)
      asked.at(-1)?.grant()
      const old = await opening
      assert.equal(await statusOf(refusal, old), Number(refusal))
      const renewing = session.open(signal)
      const signIns = asked.length
      // It comes while the newer one is under way, and once more when that is there.
      assert.equal(await statusOf(refusal, old), Number(refusal))
      const waiting = session.open(signal)
      await turn()
      assert.equal(asked.length, signIns)
      asked.at(-1)?.grant()
      const renewed = await renewing
      await waiting
      assert.equal(await statusOf(refusal, old), Number(refusal))
      const again = session.open(signal)
      await turn()
      assert.equal(asked.length, signIns)
      await again
      assert.equal(await statusOf(refusal, renewed), Number(refusal))
    }
    assert.equal(asked.length, 4)
  })

  test('stays after any other answer', async () => {
    const opening = session.open(signal)
    asked[0]?.grant()
    const open = await opening
    for (const status of ['403', '429', '500']) assert.equal(await statusOf(status, open), Number(status))
    await session.open(signal)
    assert.equal(asked.length, 1)
  })

  test('is opened anew, once for all, in its last minute', async () => {
    mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
    try {
      const opening = session.open(signal)
      asked[0]?.grant(usedUntil(Date.now(), 3_600))
      await opening
      mock.timers.setTime(1_000_000 + 3_539_999)
      await session.open(signal)
      assert.equal(asked.length, 1)
      mock.timers.setTime(1_000_000 + 3_540_000)
      const calls = [session.open(signal), session.open(signal)]
      await turn()
      assert.equal(asked.length, 2)
      asked[1]?.grant()
      await Promise.all(calls)
    } finally {
      mock.timers.reset()
    }
  })

  test('that lives for no time at all serves whoever opened it', async () => {
    good.add('token-1')
    const answer = statusOf('401')
    asked[0]?.grant(0)
    assert.equal(await answer, 200)
  })

  test('that is denied is denied to all who waited, and tried again by who comes later', async () => {
    const calls = [session.open(signal), session.open(signal), session.open(signal)]
    asked[0]?.deny()
    assert.deepEqual(
      (await Promise.allSettled(calls)).map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
    assert.equal(asked.length, 1)
    const later = session.open(signal)
    asked[1]?.grant()
    await later
  })

  test('is opened by another when the time of the first was over', async () => {
    const first = new AbortController()
    const given = session.open(first.signal)
    const others = [session.open(signal), session.open(signal)]
    first.abort()
    asked[0]?.deny()
    await assert.rejects(given)
    await turn()
    assert.deepEqual(
      asked.map((one) => one.signal),
      [first.signal, signal],
    )
    asked[1]?.grant()
    await Promise.all(others)
  })
})
