import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readAccounts } from '../src/connectors/settings.ts'
import { VENDORS } from './vendors.ts'

test('as a process it prints the environment for the connectors and ends on SIGTERM', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sijil-sandbox-'))
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { SANDBOX_DATA: dataDir, SANDBOX_HTTP_PORT: '0', SANDBOX_SMTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  try {
    const environment: Record<string, string> = {}
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === '') break
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
      environment[name] = value
    }
    const vendors = readAccounts(environment).all.filter(({ connector }) => !connector.builtIn)
    assert.equal(vendors.length, VENDORS.filter(({ usual }) => usual).length)
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  } finally {
    child.kill('SIGKILL')
    await rm(dataDir, { recursive: true })
  }
})
