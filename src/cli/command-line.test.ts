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

  test('rotates the keys that seal what Temporal is given, in two steps', async () => {
    const home = mkdtempSync(join(tmpdir(), 'sijil-cli-'))
    const place = { SIJIL_KEYS: join(home, 'keys') }
    try {
      const sealing = async () => (await call(['temporal', 'keys'], place)).data
      const [first] = (await sealing()).split(' ')
      const added = (await call(['temporal', 'keys', 'add'], place)).data.trim()
      assert.equal(await sealing(), `${first}  seals\n${added}\n`)
      assert.equal((await call(['temporal', 'keys', 'use', added], place)).exitCode, 0)
      assert.equal(await sealing(), `${added}  seals\n${first}\n`)
      assert.equal((await call(['temporal', 'keys', 'use', 'other'], place)).exitCode, 2)
      const elsewhere = await call(['temporal', 'keys', 'add'], { ...place, SIJIL_TEMPORAL_KEYS: 'a:b' })
      assert.deepEqual([elsewhere.exitCode, elsewhere.data], [2, ''])
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  test('says to start a server where none is', async () => {
    const { exitCode, said } = await call(['run', 'list'], { SIJIL_KEY: 'k' })
    assert.deepEqual([exitCode, said], [7, 'No server is running here. Start one with: sijil serve\n'])
    assert.equal((await call(['health'])).exitCode, 7)
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
