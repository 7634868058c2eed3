import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { freeLowPorts } from './free-low-ports.ts'
import { fullServerConfig, PORTS } from './full-server-config.ts'

const Rpc = z.object({ grpcPort: z.number(), membershipPort: z.number(), bindOnIP: z.string() })
const Services = z.record(z.string(), z.object({ rpc: Rpc }))

suite("Temporal's full server", () => {
  const ports = Array.from({ length: PORTS }, (_, index) => 10_000 + index)
  const config = fullServerConfig({ socketDirectory: '/run/postgres', ports, dynamicFile: '/run/dynamic.yaml' })
  const services = Object.values(Services.parse(config.services)).map(({ rpc }) => rpc)

  test('listens on the loopback only, each service on ports of its own', () => {
    assert.deepEqual(
      services.flatMap(({ grpcPort, membershipPort }) => [grpcPort, membershipPort]),
      ports,
    )
    assert.ok(services.every(({ bindOnIP }) => bindOnIP === '127.0.0.1'))
  })

  test('is found by its own services where its clients call it', () => {
    assert.equal(config.clusterMetadata.clusterInformation.active.rpcAddress, `127.0.0.1:${services[0]?.grpcPort}`)
  })

  test('is given ports that are free, and that fit into two bytes with a sign', async () => {
    const given = await freeLowPorts(PORTS)
    assert.equal(new Set(given).size, PORTS)
    for (const port of given) {
      assert.ok(port <= 0x7fff, `${port}`)
      await isFree(port)
    }
  })
})

async function isFree(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  await new Promise((resolve) => server.close(resolve))
}
