import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/** Temporal keeps the ports of its members in columns of two bytes with a sign. */
const HIGHEST = 32_767
const LOWEST = 10_000
const TRIES = 1_000

/** Ports of this machine that were free a moment ago: no two the same, and none so high that Temporal cannot write it down. */
export async function freeLowPorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>()
  try {
    for (let tries = 0; held.size < count && tries < TRIES; tries += 1) {
      const port = randomInt(LOWEST, HIGHEST + 1)
      const server = await listening(port)
      if (server !== undefined) held.set(port, server)
    }
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))))
  }
  if (held.size < count) throw new Error(`of ${count} ports only ${held.size} were found free`)
  return [...held.keys()]
}

/** Undefined: somebody has it, or this process may not. */
function listening(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(server))
  })
}
