/** A customer's system: it checks each message with the reference library of Standard Webhooks, and remembers what it was sent. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { mock } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

const Event = z.strictObject({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.strictObject({
    tenant: z.string(),
    sequence: z.int(),
    run: z.uuid(),
    workflow: z.string(),
    version: z.int(),
    stage: z.string().optional(),
    task: z.uuid().optional(),
    outcome: z.string().optional(),
  }),
})
export type Event = z.infer<typeof Event>

export interface Received {
  readonly id: string
  readonly raw: string
  readonly headers: Readonly<Record<string, string>>
  readonly event: Event
}

/** What it answers with: a status, with headers or not; or nothing at all. */
export type Reply = number | { readonly status: number; readonly headers: Readonly<Record<string, string>> } | 'drop'

export class Receiver {
  readonly received: Received[] = []
  /** What the next messages are answered with; 204 once there is none. */
  readonly replies: Reply[] = []
  /** Called when a message has come and before it is answered. */
  onMessage: (received: Received) => Promise<void> | void = () => {}
  readonly #server: Server
  readonly #now: () => number

  private constructor(server: Server, now: () => number) {
    this.#server = server
    this.#now = now
  }

  /** `now`: what the receiver's clock says. */
  static async listen(now: () => number): Promise<Receiver> {
    const server = createServer()
    const receiver = new Receiver(server, now)
    server.on('request', (request, response) => {
      void buffer(request).then(async (bytes) => {
        const reply = await receiver.take(request.headers, bytes)
        if (reply === 'drop') return response.destroy()
        const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply
        return response.writeHead(status, headers).end()
      })
    })
    const listening = Promise.withResolvers<void>()
    server.listen(0, '127.0.0.1', listening.resolve)
    await listening.promise
    return receiver
  }

  async take(given: IncomingHttpHeaders | Readonly<Record<string, string>>, bytes: Buffer): Promise<Reply> {
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    const received = {
      id: headers['webhook-id'] ?? '',
      raw: bytes.toString(),
      headers,
      event: Event.parse(JSON.parse(bytes.toString())),
    }
    this.received.push(received)
    await this.onMessage(received)
    return this.replies.shift() ?? 204
  }

  get url(): string {
    // A server that listens on a port has an address of this form.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks?from=sijil`
  }

  /** As the reference library sees it, by the receiver's clock. Throws what that throws. */
  verify(secret: string, { raw, headers }: Received): unknown {
    mock.timers.enable({ apis: ['Date'], now: this.#now() })
    try {
      return new Webhook(secret).verify(raw, headers)
    } finally {
      mock.timers.reset()
    }
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.closeAllConnections()
      this.#server.close((error) => (error === undefined ? resolve() : reject(error)))
    })
  }
}
