/** Compiles src/ into dist/ for the packed package: Node does not strip types under node_modules. A clone never needs this. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(import.meta.dirname)
const source = join(root, 'src')
const output = join(root, 'dist')

rmSync(output, { recursive: true, force: true })
compile()
copyAssets()
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

/** A package whose front door is missing must not be packed. */
function requireEntries(): void {
  const missing = ['main.js', 'index.js', 'index.d.ts', 'testing/index.js', 'testing/index.d.ts']
    .map((entry) => join(output, entry))
    .filter((path) => !existsSync(path))
  if (missing.length > 0) fail(`The build lacks ${missing.map((path) => relative(root, path)).join(', ')}.`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  rmSync(output, { recursive: true, force: true })
  process.exit(1)
}
