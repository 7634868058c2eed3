import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'

export interface Listener {
  /** `http://127.0.0.1:4747`, with the port that was really taken. */
  readonly url: string
  /** From here on requests are answered by it; until then they are told to come again. */
  answerWith(fetch: (request: Request) => Response | Promise<Response>): void
  /** Takes no new request and waits for those under way, at most `GRACE_MS`. */
  close(): Promise<void>
}

const GRACE_MS = 10_000

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
  response.end(
    JSON.stringify({ error: { code: 'UNAVAILABLE', message: { en: 'Sijil is starting.', ar: 'سجل قيد البدء.' } } }),
  )
}

/** Takes the port first, so that the address is known before anything writes it into a link. Throws what `listen` throws. */
export async function listen({ host, port }: { readonly host: string; readonly port: number }): Promise<Listener> {
  let answer: (...of: Parameters<RequestListener>) => unknown = starting
  const server = createServer((request, response) => {
    answer(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  // A TCP server that listens has an address of this form.
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${nameOf(host)}:${taken}`,
    answerWith: (fetch) => {
      answer = getRequestListener(fetch)
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const patience = setTimeout(() => server.closeAllConnections(), GRACE_MS)
      await closed
      clearTimeout(patience)
    },
  }
}

/** Where all addresses are listened on, this machine is one of them. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
