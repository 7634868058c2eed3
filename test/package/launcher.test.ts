/** bin/sijil.js beside stand-ins for src/main.ts and the package `node`, under this Node and under an old one. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = dirname(dirname(import.meta.dirname))

const path = (process.env['PATH'] ?? '').split(delimiter)
const outside = path.filter((folder) => !folder.includes('node_modules')).join(delimiter)

suite('the launcher', { skip: process.platform === 'win32' ? 'it starts shell scripts' : false }, () => {
  let home = ''
  let launcher = ''
  /** The first Node on PATH that is too old for Sijil, if this machine has one. */
  let oldNode: string | undefined

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'sijil-launcher-'))
    launcher = join(home, 'bin', 'sijil.js')
    await mkdir(join(home, 'src'))
    await mkdir(join(home, 'node_modules', 'node', 'bin'), { recursive: true })
    await cp(join(root, 'bin'), join(home, 'bin'), { recursive: true })
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    await writeFile(join(home, 'node_modules', 'node', 'package.json'), '{ "name": "node" }')
    await symlink(process.execPath, join(home, 'node_modules', 'node', 'bin', 'node'))
    await writeFile(
      join(home, 'src', 'main.ts'),
      `const [word, ...rest]: readonly string[] = process.argv.slice(2)
       if (word === 'say') console.log(JSON.stringify({ major: Number(process.versions.node.split('.')[0]), rest }))
       if (word === 'end') process.exitCode = Number(rest[0])
       if (word === 'wait') {
         process.on('SIGTERM', () => process.exit(7))
         setInterval(() => {}, 1_000)
         console.log('ready')
       }
       if (word === 'die') process.kill(process.pid, 'SIGKILL')`,
    )
    const { stdout } = await run('node', ['-p', 'process.execPath + " " + process.versions.node'], {
      env: { ...process.env, PATH: outside },
    }).catch(() => ({ stdout: '' }))
    const [file, version = ''] = stdout.trim().split(' ')
    if (file !== undefined && file !== '' && Number.parseInt(version, 10) < 24) oldNode = file
  })
  after(() => rm(home, { recursive: true, force: true }))

  const noOldNode = 'no Node older than 24 outside node_modules/.bin on this machine'

  test('runs in the process on Node 24', async () => {
    const { stdout } = await run(process.execPath, [launcher, 'say', 'a b', '--json'])
    assert.deepEqual(JSON.parse(stdout), { major: 24, rest: ['a b', '--json'] })
  })

  test('an old Node starts the one that comes with the package', async (t) => {
    if (oldNode === undefined) return t.skip(noOldNode)
    const { stdout } = await run(oldNode, [launcher, 'say', 'a b', '--json'])
    return assert.deepEqual(JSON.parse(stdout), { major: 24, rest: ['a b', '--json'] })
  })

  test('an old Node ends as the new one ended', async (t) => {
    if (oldNode === undefined) return t.skip(noOldNode)
    assert.deepEqual(await ending(spawn(oldNode, [launcher, 'end', '3'])), [3, null])
    return assert.deepEqual(await ending(spawn(oldNode, [launcher, 'die'])), [null, 'SIGKILL'])
  })

  test('a signal to the launcher reaches Sijil, which decides how to end', async (t) => {
    if (oldNode === undefined) return t.skip(noOldNode)
    const child = spawn(oldNode, [launcher, 'wait'])
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    return assert.deepEqual(await ending(child), [7, null])
  })

  test('an old Node alone says what is missing and what to do', async (t) => {
    if (oldNode === undefined) return t.skip(noOldNode)
    const binary = join(home, 'node_modules', 'node', 'bin', 'node')
    await rm(binary)
    try {
      return await assert.rejects(run(oldNode, [launcher, 'say']), /needs Node 24 or later.*--allow-scripts=node/s)
    } finally {
      await symlink(process.execPath, binary)
    }
  })

  test('a package without Sijil in it is refused', async () => {
    const empty = join(home, 'empty')
    await mkdir(empty)
    await cp(join(root, 'bin'), join(empty, 'bin'), { recursive: true })
    await assert.rejects(run(process.execPath, [join(empty, 'bin', 'sijil.js')]), /is not complete/)
  })
})

async function ending(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  await once(child, 'exit')
  return [child.exitCode, child.signalCode]
}
