/** The connection to a cluster that goes away. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDevServer } from '../../scripts/temporal/dev-server.ts'
import { connectCluster } from '../../src/engine/temporal/cluster.ts'

/** Time for the SDK to ask again a few times. */
const PATIENCE_MS = 2_000

test('A cluster that is let go while it is asked has answered, or has not in time', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-cluster-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { address, child } = await startDevServer({ file: join(folder, 'server.db') })
  t.after(() => child.kill('SIGKILL'))
  const cluster = await connectCluster({
    address,
    namespace: 'default',
    tls: false,
    apiKey: undefined,
    dataConverter: {},
    interceptors: [],
    onTrouble: (error) => assert.fail(String(error)),
  })
  assert.equal(await cluster.answers(PATIENCE_MS), true)

  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  const answered = cluster.answers(PATIENCE_MS)
  await cluster.close()
  assert.equal(await answered, false)
})
