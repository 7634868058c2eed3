import { type IncomingMessage, request as requestOf } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type Incoming, jsonOf, type Reply, type Route, serve } from './http-server.ts'

/** One request and its answer, as they went over the wire. What is no JSON has no body here. */
export interface Exchanged {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status: number
  readonly answer: unknown
}

/** Stands between a connector and the sandbox, changes nothing and keeps all that goes through. */
export async function tapWire(sandboxUrl: string) {
  const exchanged: Exchanged[] = []
  const { hostname, port } = new URL(sandboxUrl)
  const through = (method: Route['method']) => async (incoming: Incoming) => {
    const { raw, query, path } = incoming
    const reply = await forwarded({ ...incoming, method, hostname, port })
    const answer = Buffer.isBuffer(reply.body) ? jsonOf(reply.body) : undefined
    exchanged.push({ method, path, query: Object.fromEntries(query), body: jsonOf(raw), status: reply.status, answer })
    return reply
  }
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
  const routes = methods.map((method) => ({ method, path: '/:path+', answer: through(method) }))
  const server = await serve(routes, 0, '127.0.0.1')
  return { url: `http://127.0.0.1:${server.port}`, exchanged, close: server.close }
}

type Forwarding = Pick<Incoming, 'address' | 'headers' | 'raw'> & {
  readonly method: string
  readonly hostname: string
  readonly port: string
}

/** With all its headers, the name of the host among them, so that answers that name it lead here again. */
async function forwarded({ address, headers, raw, ...to }: Forwarding): Promise<Reply> {
  const answered = Promise.withResolvers<IncomingMessage>()
  const request = requestOf({ ...to, path: address, headers })
  request.once('response', answered.resolve).once('error', answered.reject).end(raw)
  const answer = await answered.promise
  const type = answer.headers['content-type']
  return {
    status: answer.statusCode ?? 502,
    headers: type === undefined ? {} : { 'content-type': type },
    body: await buffer(answer),
  }
}
