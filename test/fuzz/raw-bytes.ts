/** What no client library would send: bytes over a real connection. Every one must be answered with a refusal, or cut off. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { describedBy, type Fault, type Fuzzed, type FuzzOptions } from './fuzz.ts'
import { keyOf } from './credentials.ts'
import { changedBetween, digestsOf } from './ledger-digest.ts'

interface Bytes {
  readonly flaw: string
  readonly text: string | Buffer
  /** The client goes away in the middle, without waiting for an answer. */
  readonly leaves?: true
  /** How many answers there must be. Default: any number. */
  readonly answers?: number
}

const host = 'Host: 127.0.0.1'
const get = (path: string, ...headers: readonly string[]) =>
  `GET ${path} HTTP/1.1\r\n${[host, ...headers].join('\r\n')}\r\n\r\n`

function malformed(key: string): readonly Bytes[] {
  const auth = `Authorization: Bearer ${key}`
  const json = 'Content-Type: application/json'
  const post = (headers: readonly string[], body: string, path = '/runs') =>
    `POST ${path} HTTP/1.1\r\n${[host, auth, ...headers].join('\r\n')}\r\n\r\n${body}`
  return [
    { flaw: 'nothing at all', text: '' },
    { flaw: 'line ends', text: '\r\n\r\n\r\n' },
    { flaw: 'no protocol', text: 'GET /runs\r\n\r\n' },
    { flaw: 'HTTP/0.9', text: 'GET /\r\n' },
    { flaw: 'HTTP/9.9', text: `GET / HTTP/9.9\r\n${host}\r\n\r\n` },
    { flaw: 'HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { flaw: 'TLS', text: Buffer.from('160301020001000001fc0303', 'hex') },
    { flaw: 'no host', text: 'GET /health HTTP/1.1\r\n\r\n' },
    { flaw: 'two hosts', text: get('/runs', 'Host: other') },
    { flaw: 'a host that is none', text: `GET /runs HTTP/1.1\r\nHost: a b/@:x\r\n${auth}\r\n\r\n` },
    { flaw: 'a host that is nearly a number', text: `GET /runs HTTP/1.1\r\nHost: 127.0.x.1\r\n${auth}\r\n\r\n` },
    { flaw: 'an empty host', text: 'GET /runs HTTP/1.1\r\nHost:\r\n\r\n' },
    { flaw: 'a NUL in the path', text: get('/runs/\0') },
    { flaw: 'a NUL in a header', text: get('/runs', 'X: a\0b') },
    { flaw: 'a path that is not ASCII', text: Buffer.from(get('/runs/سجل'), 'utf8') },
    { flaw: 'a path of broken UTF-8', text: Buffer.from(get('/runs/\u00FF\u00FE'), 'latin1') },
    { flaw: 'a header name with a space', text: get('/runs', 'X y: z') },
    { flaw: 'a header without a colon', text: get('/runs', 'nothing') },
    { flaw: 'a folded header', text: get('/runs', 'X: a\r\n b') },
    { flaw: 'line feeds alone', text: `GET /runs HTTP/1.1\n${host}\n\n` },
    { flaw: 'a header of 20 kB', text: get('/runs', `X: ${'x'.repeat(20_000)}`) },
    { flaw: 'a path of 20 kB', text: get(`/${'x'.repeat(20_000)}`) },
    { flaw: '3 000 headers', text: get('/runs', ...Array.from({ length: 3_000 }, (_, at) => `X${at}: 1`)) },
    { flaw: 'a whole address', text: get('http://other.example/runs') },
    { flaw: 'an address that is none', text: get('http://[') },
    { flaw: 'an address that goes up', text: get('/../../../../etc/passwd') },
    { flaw: 'two slashes', text: get('//runs//') },
    { flaw: 'OPTIONS *', text: `OPTIONS * HTTP/1.1\r\n${host}\r\n\r\n` },
    { flaw: 'CONNECT', text: `CONNECT other:443 HTTP/1.1\r\n${host}\r\n\r\n` },
    { flaw: 'TRACE', text: `TRACE /runs HTTP/1.1\r\n${host}\r\n${auth}\r\n\r\n` },
    { flaw: 'TRACK', text: `TRACK /runs HTTP/1.1\r\n${host}\r\n\r\n` },
    { flaw: 'a method of its own', text: `SIJIL /runs HTTP/1.1\r\n${host}\r\n\r\n` },
    { flaw: 'an upgrade', text: get('/runs', 'Connection: Upgrade', 'Upgrade: websocket') },
    {
      flaw: 'an upgrade to HTTP/2',
      text: get(
        '/runs',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
      ),
    },
    { flaw: 'an expectation', text: post(['Expect: miracles', json, 'Content-Length: 2'], '{}') },
    { flaw: '100-continue, refused', text: post(['Expect: 100-continue', json, 'Content-Length: 2'], '{}') },
    { flaw: 'a length and chunks', text: post([json, 'Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n') },
    { flaw: 'two lengths', text: post([json, 'Content-Length: 2', 'Content-Length: 3'], '{}') },
    { flaw: 'a negative length', text: post([json, 'Content-Length: -1'], '{}') },
    { flaw: 'a length that is no number', text: post([json, 'Content-Length: many'], '{}') },
    { flaw: 'a length beyond all numbers', text: post([json, `Content-Length: ${'9'.repeat(30)}`], '{}') },
    { flaw: 'a length that lies upwards', text: post([json, 'Content-Length: 900'], '{}') },
    { flaw: 'a length over the limit, and no body', text: post([json, 'Content-Length: 5000000'], ''), leaves: true },
    { flaw: 'an unknown transfer encoding', text: post([json, 'Transfer-Encoding: gzip'], '{}') },
    { flaw: 'a chunk size that is none', text: post([json, 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n') },
    {
      flaw: 'a chunk size beyond all numbers',
      text: post([json, 'Transfer-Encoding: chunked'], `${'f'.repeat(20)}\r\n{}\r\n`),
    },
    { flaw: 'chunks that end early', text: post([json, 'Transfer-Encoding: chunked'], '5\r\n{}'), leaves: true },
    {
      flaw: 'chunks with extensions and trailers',
      text: post([json, 'Transfer-Encoding: chunked', 'Trailer: x'], '2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n'),
    },
    {
      flaw: '2 MB in chunks',
      text: post(
        [json, 'Transfer-Encoding: chunked', 'Connection: close'],
        `${`10000\r\n${' '.repeat(0x1_00_00)}\r\n`.repeat(32)}0\r\n\r\n`,
      ),
    },
    { flaw: 'headers that stop', text: `POST /runs HTTP/1.1\r\n${host}\r\nContent-`, leaves: true },
    {
      flaw: 'a body that stops',
      text: post([json, 'Content-Length: 500'], '{"workflow":"partner-approval",'),
      leaves: true,
    },
    {
      flaw: 'a body that stops before a webhook is signed',
      text: post(['Content-Length: 500'], '{', '/webhooks/madar/docusign/1'),
      leaves: true,
    },
    { flaw: 'a GET with a body', text: get('/runs', auth, 'Content-Length: 2', json).concat('{}') },
    { flaw: 'three in one', text: get('/runs') + get('/tasks') + get('/effects', 'Connection: close'), answers: 3 },
    { flaw: 'one good and one malformed', text: `${get('/sijil.css')}GARBAGE\r\n\r\n` },
    {
      flaw: 'a second one hidden in the first',
      text: post([json, 'Content-Length: 2', 'Connection: close'], `{}${get('/runs', auth)}`),
    },
  ]
}

/** A request that is a request, with some of its bytes exchanged. */
const garbled = (key: string): fc.Arbitrary<Bytes> =>
  fc
    .record({
      whole: fc.constantFrom(
        get('/runs'),
        get('/tasks?limit=3', 'Accept: */*'),
        `POST /runs HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${key.slice(0, -1)}\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"workflow":""}`,
      ),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
      leaves: fc.boolean(),
    })
    .map(({ whole, changes, leaves }) => {
      const text = Buffer.from(whole)
      for (const [at, byte] of changes) text[at % text.length] = byte
      return { flaw: 'garbled', text, ...(leaves ? { leaves } : {}) }
    })

export async function fuzzBytes({ world, seed, requests, faultsMax = 1, onProgress }: FuzzOptions): Promise<Fuzzed> {
  const port = Number(new URL(world.url).port)
  const key = keyOf(world, 'noura')
  const more = Math.max(0, requests - malformed(key).length)
  const all = [...malformed(key), ...fc.sample(garbled(key), { seed, numRuns: more })]
  const statuses = new Map<number, number>()
  const faults: Fault[] = []
  const before = await digestsOf(world)
  let sent = 0
  while (sent < all.length && faults.length < faultsMax) {
    const together = all.slice(sent, sent + TOGETHER)
    const answers = await Promise.all(together.map(async (bytes) => ({ bytes, answered: await send(port, bytes) })))
    for (const { bytes, answered } of answers) {
      for (const status of answered) statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const objection = objectionTo(bytes, answered)
      const shown = Buffer.from(bytes.text.slice(0, 3_000)).toString('base64')
      const curl = `printf %s '${shown}' | base64 -d | nc 127.0.0.1 ${port}`
      if (objection !== undefined)
        faults.push({ seed, what: objection, operation: 'raw bytes', flaw: bytes.flaw, curl })
    }
    sent += together.length
    onProgress?.(sent)
  }
  // It still answers, and nothing was changed.
  await describedBy((request) => fetch(`${world.url}${new URL(request.url).pathname}`))
  const changed = changedBetween(before, await digestsOf(world))
  if (changed.length > 0)
    faults.push({
      seed,
      what: `it changed ${changed.join(', ')}`,
      operation: 'raw bytes',
      flaw: 'one of all',
      curl: '',
    })
  return { sent, tally: new Map([['raw bytes', statuses]]), faults }
}

function objectionTo({ answers }: Bytes, statuses: readonly number[]): string | undefined {
  const bad = statuses.find((status) => status >= 500)
  if (bad !== undefined) return `it was answered with ${bad}`
  if (answers !== undefined && statuses.length !== answers) return `it was answered ${statuses.length} times`
  return undefined
}

/** Connections at once. */
const TOGETHER = 12
const REST_MS = 250
const PATIENCE_MS = 20_000

/** The statuses that came back until the connection was over; 0 when the server kept it open without a word. */
function send(port: number, { text, leaves }: Bytes): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const came: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(text, () => leaves === true && socket.destroy())
    })
    // Whoever still waits for the rest of it is told that there is none.
    const rest = setTimeout(() => socket.end(), REST_MS)
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('data', (chunk) => came.push(chunk))
    // Cut off is an answer.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(rest)
      clearTimeout(patience)
      const lines = Buffer.concat(came)
        .toString('latin1')
        .matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)
      resolve([...lines].map(([, status]) => Number(status)).filter((status) => status !== 100))
    })
  })
}
