import { once } from 'node:events'
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { json } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { z } from 'zod'
import type { Identity } from './authority.ts'

/** A server on a port of this machine, and what reached it. */
export interface Heard {
  readonly port: number
  /** Requests, or logins and mails, in the order in which they came. */
  readonly heard: readonly string[]
  close(): Promise<void>
}

const Task = z.object({ data: z.object({ id: z.string() }) })

/** A desk and a receiver of webhooks. Without an identity it speaks HTTP without TLS. */
export async function webServer(identity?: Identity): Promise<Heard> {
  const heard: string[] = []
  const answer: RequestListener = (request, response) => {
    heard.push(`${request.method} ${request.url}`)
    void answerTo(request).then((said) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said)),
    )
  }
  const server = identity === undefined ? createPlainServer(answer) : createServer(identity, answer)
  return listening(server.listen(0, '127.0.0.1'), heard, async () => {
    server.closeAllConnections()
    server.close()
  })
}

async function answerTo(request: IncomingMessage) {
  if (request.url !== '/tasks') return {}
  return request.method === 'GET' ? { open: 0 } : openedBy(Task.parse(await json(request)))
}
const openedBy = ({ data: { id } }: z.output<typeof Task>) => ({ id, status: 'open' })

/** How a mail server encrypts: from the first byte, when it is asked to, or not at all. */
export type Encryption = 'implicit' | 'starttls' | 'none'

export async function mailServer(encryption: Encryption, identity?: Identity): Promise<Heard> {
  const heard: string[] = []
  const server = new SMTPServer({
    ...identity,
    secure: encryption === 'implicit',
    disabledCommands: encryption === 'none' ? ['STARTTLS'] : [],
    // Whoever would send a password in clear finds nobody who stops it.
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: (_auth, { secure }, done) => {
      heard.push(`login ${secure ? 'encrypted' : 'in clear'}`)
      done(null, { user: 'sijil' })
    },
    onData: (stream, { secure }, done) => {
      stream.resume().once('end', () => {
        heard.push(`mail ${secure ? 'encrypted' : 'in clear'}`)
        done()
      })
    },
  })
  // A client that does not trust it hangs up.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  return listening(server.server, heard, () => new Promise((resolve) => server.close(() => resolve())))
}

async function listening(server: Server, heard: readonly string[], close: () => Promise<void>): Promise<Heard> {
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  return { port: (server.address() as AddressInfo).port, heard, close }
}
