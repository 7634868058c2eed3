/**
 * Compiles src/ into dist/ for the packed package: Node does not strip types under node_modules. A clone never needs this.
 * The flows are bundled for Temporal's sandbox on the way, so that a worker loads them ready made.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { bundleFlows } from '../src/engine/temporal/bundle.ts'

const root = dirname(import.meta.dirname)
const source = join(root, 'src')
const output = join(root, 'dist')
/** Where src/composition/open-temporal.ts looks for it. */
const BUNDLE = ['composition', 'temporal-workflows.bundle.js'] as const

rmSync(output, { recursive: true, force: true })
compile()
copyAssets()
await bundle()
requireEntries()

function compile(): void {
  // Started by path: the compiler's own launcher names the binary of this platform.
  const launcher = fileURLToPath(import.meta.resolve('typescript/package.json'))
  const { status } = spawnSync(
    process.execPath,
    [join(dirname(launcher), 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
    { stdio: 'inherit' },
  )
  if (status !== 0) fail(`src/ does not compile (tsc ended with ${status}). Nothing was packed; run: npm run types`)
}

/** What modules read beside themselves at run time: SQL, templates, pages. Whatever is not a source is one of these. */
function copyAssets(): void {
  for (const entry of globSync('**/*', { cwd: source, withFileTypes: true })) {
    const path = relative(source, join(entry.parentPath, entry.name))
    if (entry.isFile() && !/\.(ts|md)$/.test(path)) cpSync(join(source, path), join(output, path))
  }
}

async function bundle(): Promise<void> {
  const { code } = await bundleFlows(join(source, 'composition', 'temporal-workflows.ts'))
  writeFileSync(join(output, ...BUNDLE), code)
}

/** A package whose front door is missing must not be packed. */
function requireEntries(): void {
  const missing = ['main.js', 'index.js', 'index.d.ts', 'testing/index.js', 'testing/index.d.ts', join(...BUNDLE)]
    .map((entry) => join(output, entry))
    .filter((path) => !existsSync(path))
  if (missing.length > 0) fail(`The build lacks ${missing.map((path) => relative(root, path)).join(', ')}.`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  rmSync(output, { recursive: true, force: true })
  process.exit(1)
}
