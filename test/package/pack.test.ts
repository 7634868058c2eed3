/** The package as a user gets it: packed, installed elsewhere, started by whatever Node is there. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'

/** An installation that takes longer is not going to end. */
const timeout = 180_000
const execute = promisify(execFile)
/** Rejects with both outputs of the command when it fails or takes too long. */
const run = (
  file: string,
  words: readonly string[],
  where: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
) => execute(file, words, { timeout, maxBuffer: 1 << 26, ...where })
const root = dirname(dirname(import.meta.dirname))
const Ended = z.object({ code: z.number(), stderr: z.string() })
const Manifest = z.object({ version: z.string() })
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })])

/** PATH as the user's shell has it: without what npm and this repository put in front. */
const userPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)
/** Where npm runs us from, and that we run under a test, must not reach what we start; its settings and certificates must. */
const userEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_)|^npm_config_\w*prefix$|^NODE_TEST_CONTEXT$|^INIT_CWD$/i.test(name),
    ),
  ),
  PATH: userPath,
}

suite('the packed package', { timeout: 600_000 }, () => {
  let home = ''
  let archive = ''
  let files: readonly string[] = []

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'sijil-pack-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', home], {
      cwd: root,
    })
    const [packed] = Packed.parse(JSON.parse(stdout.slice(stdout.search(/^\[/m))))
    archive = join(home, packed.filename)
    files = packed.files.map(({ path }) => path)
  })
  after(async () => {
    await rm(home, { recursive: true, force: true })
    await rm(join(root, 'dist'), { recursive: true, force: true }) // packing made it
  })

  test('holds what runs and what explains it, and nothing else', () => {
    const needed = [
      'bin/sijil.js',
      'dist/main.js',
      'dist/index.d.ts',
      'dist/composition/temporal-workflows.bundle.js',
      'LICENSE',
      'README.md',
      'SECURITY.md',
    ]
    for (const path of needed) {
      assert.ok(files.includes(path), `${path} is missing`)
    }
    const strangers = files.filter(
      (path) =>
        /\.test\.|\.types\.(js|d\.ts)$|^(src|test|sandbox|bench|scripts)\//.test(path) ||
        (path.endsWith('.ts') && !path.endsWith('.d.ts')),
    )
    assert.deepEqual(strangers, [])
  })

  test('runs and is imported where a project depends on it', async () => {
    const project = join(home, 'project')
    await mkdir(project)
    // npm 11 asks a project which install scripts it allows; `node` unpacks the Node that Sijil runs on.
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', allowScripts: { node: true } }))
    await run('npm', ['install', archive], { cwd: project, env: userEnv })
    await startsFrom(join(project, 'node_modules', '.bin'))

    const entries = "await import('sijil'); await import('sijil/testing'); console.log('imported')"
    const node = join(project, 'node_modules', '.bin', 'node')
    const { stdout } = await run(node, ['--input-type=module', '--eval', entries], { cwd: project, env: userEnv })
    assert.equal(stdout.trim(), 'imported')

    const cluster = { SIJIL_TEMPORAL_ADDRESS: '127.0.0.1:7233', SIJIL_PORT: '0' }
    const serve = run(join(project, 'node_modules', '.bin', 'sijil'), ['serve'], {
      cwd: project,
      env: { ...userEnv, ...cluster },
    })
    await assert.rejects(serve, (error: unknown) => {
      const { code, stderr } = Ended.parse(error)
      assert.equal(code, 2)
      assert.match(stderr, /^SIJIL_TEMPORAL_ADDRESS is set, .* npm install .*@temporalio\/worker@\d/m)
      return true
    })
  })

  test('runs where it is installed for the whole machine, under the Node of that machine', async (t) => {
    const systemNode = await run('node', ['--version'], { env: userEnv }).catch(() => undefined)
    if (systemNode === undefined) return t.skip('no Node outside node_modules/.bin on this machine')
    t.diagnostic(`the machine's own Node is ${systemNode.stdout.trim()}`)
    const prefix = join(home, 'machine')
    await run('npm', ['install', '--global', '--prefix', prefix, archive], { env: userEnv })
    return startsFrom(process.platform === 'win32' ? prefix : join(prefix, 'bin'))
  })

  async function startsFrom(folder: string): Promise<void> {
    const sijil = join(folder, process.platform === 'win32' ? 'sijil.cmd' : 'sijil')
    await access(sijil)
    const call = (...words: readonly string[]) => run(sijil, words, { cwd: home, env: userEnv })
    const { version } = Manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    assert.equal((await call('--version')).stdout.trim(), version)
    const inventory: unknown = JSON.parse((await call('inventory', '--json')).stdout)
    assert.ok(typeof inventory === 'object' && inventory !== null, 'inventory --json prints JSON')
  }
})
