import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { CommandFailed, EXIT } from '../exit.ts'
import { sandboxIn } from './sandbox.ts'

const home = dirname(dirname(dirname(import.meta.dirname)))

test('starts the sandbox of a clone as a process of its own, and ends it', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'sijil-sandbox-'))
  t.after(() => rmSync(data, { recursive: true }))
  const command = spawn(process.execPath, [join(home, 'bin', 'sijil.js'), 'sandbox'], {
    env: { ...process.env, SANDBOX_DATA: data, SANDBOX_HTTP_PORT: '0', SANDBOX_SMTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(command, 'exit')
  t.after(() => command.kill('SIGKILL'))
  let printed = ''
  for await (const part of command.stdout.setEncoding('utf8')) {
    printed += String(part)
    if (printed.endsWith('\n\n')) break // not before: this closes the pipe that it prints into
  }
  assert.match(printed, /^SIJIL_HUBSPOT_URL=http:\/\/127\.0\.0\.1:\d+\/hubspot$/m)
  assert.match(printed, /^SIJIL_DOCUSIGN_WEBHOOK_URL=http:\/\/127\.0\.0\.1:4747$/m)
  command.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('says so where there is no sandbox, as in the installed package', () => {
  assert.throws(
    () => sandboxIn(tmpdir()),
    (error) => error instanceof CommandFailed && error.exitCode === EXIT.notFound && /clone/.test(error.message),
  )
})
