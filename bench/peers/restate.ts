import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import manifest from './package.json' with { type: 'json' }
import { assertEnd, nextInput, type Peer } from './peer.ts'
import { post } from './post.ts'
import { startRestateServer } from './restate-server.ts'

/** The server, the endpoint that does the steps, and this process which calls: three processes, as Restate is deployed. */
export async function withRestate<T>(work: (peer: Peer) => Promise<T>): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const server = startRestateServer()
  opened.defer(() => server.stop())
  const endpoint = await startEndpoint()
  opened.defer(() => endpoint.stop())
  const agent = opened.adopt(new Agent({ keepAlive: true }), (open) => open.destroy())
  const run = async (): Promise<void> => assertEnd(await post(agent, server.ingress, '/three-steps/run', nextInput()))
  await onceUp(() => post(agent, server.admin, '/deployments', { uri: endpoint.uri }))
  await onceUp(run)
  const { '@restatedev/restate-server': ofServer, '@restatedev/restate-sdk': ofSdk } = manifest.dependencies
  return await work({ peer: 'Restate', version: `server ${ofServer}, SDK ${ofSdk}`, run })
}

interface Endpoint {
  readonly uri: string
  stop(): Promise<void>
}

async function startEndpoint(): Promise<Endpoint> {
  const file = new URL('./restate-endpoint.ts', import.meta.url)
  // Otherwise it writes a line for every run.
  const endpoint = fork(file, { env: { ...process.env, RESTATE_LOGGING: 'ERROR' } })
  const [port] = await once(endpoint, 'message')
  return {
    uri: `http://127.0.0.1:${port}`,
    async stop() {
      const gone = once(endpoint, 'exit')
      endpoint.disconnect()
      await gone
    },
  }
}

/** A server that starts refuses for a few seconds. */
async function onceUp(request: () => Promise<unknown>): Promise<void> {
  const attempts = 150
  for (let attempt = 1; ; attempt += 1) {
    try {
      await request()
      return
    } catch (error) {
      if (attempt === attempts) throw error
      await delay(200)
    }
  }
}
