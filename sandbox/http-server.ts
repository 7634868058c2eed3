import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Incoming {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** As it was asked for, still encoded. */
  readonly path: string
  /** Path and query as they came: what some vendors sign. */
  readonly address: string
  readonly headers: IncomingHttpHeaders
  readonly raw: Buffer
}
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body: unknown
}
/** What becomes of a request instead of a reply: the connection is cut, or nothing ever comes. */
export type Silence = 'drop' | 'hang'

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/envelopes/:envelopeId`; `/files/:name+` takes the rest of the path. */
  readonly path: string
  readonly answer: (incoming: Incoming) => Reply | Silence | Promise<Reply | Silence>
}

const LARGEST_BODY_BYTES = 30_000_000

/** Serves the routes on this machine only, unless `host` says otherwise. */
export async function serve(routes: readonly Route[], port: number, host: string) {
  const compiled = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }))
  const server = createServer((request, response) => {
    handle(request, response, compiled).catch((error: unknown) => {
      send(response, { status: 500, body: { error: error instanceof Error ? error.message : 'unknown' } })
    })
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, host, listening.resolve)
  await listening.promise
  // A server that listens on a port has an address of this form.
  const { port: bound } = server.address() as AddressInfo
  const close = async () => {
    const closed = Promise.withResolvers<void>()
    server.close(() => closed.resolve())
    server.closeAllConnections()
    await closed.promise
  }
  return { port: bound, close }
}

type Compiled = Route & { readonly pattern: RegExp }

async function handle(request: IncomingMessage, response: ServerResponse, routes: readonly Compiled[]) {
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const raw = await bodyOf(request)
  for (const { method, pattern, answer } of routes) {
    const match = method === request.method ? pattern.exec(url.pathname) : null
    if (match === null) continue
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
    const reply = await answer({
      params,
      query: url.searchParams,
      path: url.pathname,
      address: request.url ?? '/',
      headers: request.headers,
      raw,
    })
    if (reply === 'drop') request.socket.destroy()
    else if (reply !== 'hang') send(response, reply)
    return
  }
  send(response, { status: 404, body: { message: 'no such address in the sandbox' } })
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply) {
  const asIs = typeof body === 'string' || Buffer.isBuffer(body)
  response.writeHead(status, { 'content-type': asIs ? 'text/plain; charset=utf-8' : 'application/json', ...headers })
  response.end(asIs ? body : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    // Without an encoding a request yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > LARGEST_BODY_BYTES) throw new Error('the body is too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const patternOf = (path: string) =>
  new RegExp(
    `^${path
      .replaceAll('.', String.raw`\.`)
      .replaceAll(/:(\w+)\+/g, '(?<$1>.+)')
      .replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`,
  )

export function jsonOf(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    return undefined
  }
}
