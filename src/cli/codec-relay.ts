/**
 * Stands between Temporal's web page in an operator's browser and Sijil. The page can send no key of Sijil, so this process does: it
 * listens on this machine only, under an address that nobody can guess, and for pages of the origins that it was told.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { CommandFailed } from './exit.ts'

export interface CodecRelaySettings {
  /** `http://localhost:8233`: where Temporal's page comes from. */
  readonly origins: readonly string[]
  /** 0 takes any free one. */
  readonly port: number
  /** Has the server open them. */
  readonly decode: (body: unknown) => Promise<unknown>
}

export interface CodecRelay {
  /** What is to be entered in Temporal's page as the codec server's endpoint. */
  readonly endpoint: string
  readonly close: () => Promise<void>
}

const HOST = '127.0.0.1'
/** What the server takes, too. */
const BODY_BYTES_MAX = 1024 * 1024

/** Throws what `listen` throws. */
export async function startCodecRelay({ origins, port, decode }: CodecRelaySettings): Promise<CodecRelay> {
  const token = randomBytes(24).toString('base64url')
  const allowed = new Set(origins)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, host = '' } = request.headers
    // A page of another site may have a name of its own point to this machine.
    const isHere = /^(127\.0\.0\.1|localhost):\d+$/.test(host)
    if (!isHere || origin === undefined || !allowed.has(origin))
      return end(response, 403, problem('not for this origin'))
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('vary', 'origin')
    if (!isSame(request.url ?? '', `/${token}/decode`)) return end(response, 404, problem('nothing is here'))
    if (request.method === 'OPTIONS') {
      const asked = request.headers['access-control-request-headers']
      response.setHeader('access-control-allow-methods', 'POST')
      if (asked !== undefined) response.setHeader('access-control-allow-headers', asked)
      if (request.headers['access-control-request-private-network'] === 'true')
        response.setHeader('access-control-allow-private-network', 'true')
      return end(response, 204)
    }
    if (request.method !== 'POST') return end(response, 405, problem('only POST'))
    const body = await jsonOf(request)
    if (body === undefined) return end(response, 400, problem('no JSON of at most 1 MB'))
    try {
      end(response, 200, await decode(body))
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      end(response, 502, problem(error.message))
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => end(response, 500, problem('the relay failed')))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    endpoint: `http://${HOST}:${taken}/${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const problem = (message: string) => ({ message })

function end(response: ServerResponse, status: number, body?: unknown): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Without an encoding set, a request gives bytes.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
