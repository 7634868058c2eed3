import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { version } from '../composition/version.ts'
import { runCommandLine } from './command-line.ts'

async function call(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'sijil-cli-'))
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  try {
    const place = { SIJIL_DATA: join(home, 'data'), SIJIL_KEYS: join(home, 'keys') }
    const exitCode = await runCommandLine(words, { env: { ...place, ...env }, stdin, stdout, stderr })
    stdout.end()
    stderr.end()
    return { exitCode, data: await text(stdout), said: await text(stderr) }
  } finally {
    rmSync(home, { recursive: true })
  }
}

suite('the command line', () => {
  test('tells its version, and its exit codes in the help', async () => {
    assert.deepEqual(await call(['--version']), { exitCode: 0, data: `${version}\n`, said: '' })
    assert.match((await call(['--help'])).data, /Exit codes:\n {2}0 {2}done/)
  })

  test('prints the inventory without a server, as data alone', async () => {
    const { exitCode, data, said } = await call(['inventory', '--json'])
    assert.deepEqual([exitCode, said], [0, ''])
    assert.ok(
      z.object({ workflows: z.array(z.looseObject({ name: z.string() })).min(1) }).safeParse(JSON.parse(data)).success,
    )
    assert.match((await call(['inventory', 'audit', '--lang', 'ar'])).data, /تعارضات/)
  })

  test('ends with 2 for words that it does not know, and says what it knows', async () => {
    for (const words of [
      ['run', 'sing'],
      ['run', 'cancel', 'x'],
      ['task', 'reject', 'x'],
      ['inventory', '--lang', 'fr'],
    ]) {
      const { exitCode, data, said } = await call(words)
      assert.deepEqual([exitCode, data], [2, ''], words.join(' '))
      assert.match(said, /error:/)
    }
  })

  test('says to start a server where none is', async () => {
    const { exitCode, said } = await call(['run', 'list'], { SIJIL_KEY: 'k' })
    assert.deepEqual([exitCode, said], [7, 'No server is running here. Start one with: sijil serve\n'])
  })

  test('names all settings that it cannot use', async () => {
    const { exitCode, said } = await call(['serve'], { SIJIL_PORT: 'x', SIJIL_DURABILITY: 'y' })
    assert.equal(exitCode, 2)
    assert.match(said, /SIJIL_PORT.*\n.*SIJIL_DURABILITY/)
  })

  test('wants one resolution of an effect, and not two', async () => {
    const { exitCode, said } = await call(['effect', 'resolve', 'r', 'k', '--never', '--abandon', '--why', 'both'])
    assert.equal(exitCode, 2)
    assert.match(said, /one of --happened/)
  })
})
