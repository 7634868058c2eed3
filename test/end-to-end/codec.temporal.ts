/** Temporal's own command line reads what it keeps sealed through Sijil, with an operator's key; without one it sees sealed text. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { findTool } from '../../scripts/temporal/find-tool.ts'
import { openServedWorld, type ServedWorld } from '../http/served-world.ts'

const execute = promisify(execFile)

describe("Temporal's command line beside Sijil", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-codec-'))
  let server: DevServer
  let world: ServedWorld
  before(async () => {
    server = await startDevServer({ file: join(folder, 'server.db') })
    world = await openServedWorld({
      SIJIL_TEMPORAL_ADDRESS: server.address,
      SIJIL_ENGINE: 'temporal',
      SIJIL_TEMPORAL_CODEC: 'on',
    })
  })
  after(async () => {
    await world.close()
    const ended = once(server.child, 'exit')
    server.child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })

  test('reads the history of a run with the key of an operator, and personal values stay sealed in it', async () => {
    const run = await world.people.startSample('codec', sampleApplication)
    const standing = await world.people.standingOf(run)
    assert.equal(standing.kind, 'task')
    const show = async (...more: readonly string[]) => {
      const words = ['workflow', 'show', '--address', server.address, '-w', `${run}.1`, '-o', 'json', ...more]
      return (await execute(findTool() ?? 'temporal', words, { maxBuffer: 1e8 })).stdout
    }
    const company = sampleApplication.company
    assert.ok(!(await show()).includes(company))
    const codec = ['--codec-endpoint', `${world.url}/temporal`, '--codec-auth']
    const opened = await show(...codec, `Bearer ${world.people.keyOf('yousef')}`)
    const clear = textOf(opened)
    assert.ok(clear.includes(run) && clear.includes(company), 'what the run was started with')
    assert.ok(!clear.includes(sampleApplication.contact.email))
    await assert.rejects(show(...codec, `Bearer ${world.people.keyOf('faisal')}`))
  })
})

/** Everything that the history holds, as text: payloads are base64 in it. */
const textOf = (history: string): string =>
  [...history.matchAll(/"data": ?"([^"]+)"/g)]
    .map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'))
    .join('\n') + history
