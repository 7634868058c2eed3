import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call as the vendor saw it. `beganMs`: when its process let it begin, by the machine's clock that nobody sets. */
export interface SeenCall {
  readonly caller: string
  readonly beganMs: number
}

/** A vendor that answers every call, and remembers who made it and when it began. */
export class CalledVendor {
  readonly calls: SeenCall[] = []
  readonly #server: Server
  #onCall: () => void = () => {}

  private constructor(server: Server) {
    this.#server = server
    server.on('request', ({ headers }, response) => {
      this.calls.push({ caller: String(headers['x-caller']), beganMs: Number(headers['x-began']) / 1e6 })
      response.end()
      this.#onCall()
    })
  }

  static async listen(): Promise<CalledVendor> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CalledVendor(server)
  }

  get url(): string {
    // A server that listens on a port has an address of this form.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  of(caller: string): readonly SeenCall[] {
    return this.calls.filter((call) => call.caller === caller)
  }

  /** Resolves when that one has made so many calls. */
  async reached(caller: string, calls: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onCall = () => {
      if (this.of(caller).length >= calls) resolve()
    }
    this.#onCall()
    await promise
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
