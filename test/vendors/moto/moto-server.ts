import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const REQUIREMENTS = here('requirements.txt')
const INSTALL_MS = 300_000

/**
 * moto, an S3 server by other people, in a Python environment of its own. It is kept in the user's cache, under the digest of the
 * pinned packages: made once, found from then on.
 */
export async function startMoto() {
  const child = spawn(await motoPython(), [here('serve.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: port } = await lines.next()
  if (typeof port !== 'string') throw new Error('moto ended before it listened; its words are above')
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.stdin.end()
      await exited
    },
  }
}

/** The interpreter that has moto; made where it is missing. */
async function motoPython(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sijil')
  const home = join(cache, `moto-${digest}`)
  const python = (of: string) => join(of, 'bin', 'python')
  if (existsSync(python(home))) return python(home)
  mkdirSync(cache, { recursive: true })
  // Made beside its place, so that one that was interrupted is never taken for whole.
  const unfinished = `${home}.${process.pid}`
  try {
    await explained(
      'python3',
      ['-m', 'venv', unfinished],
      'Python 3.10 or later with its venv module must be installed',
    )
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS]
    await explained(python(unfinished), install, 'the Python packages of requirements.txt could not be installed')
    if (!existsSync(home)) renameSync(unfinished, home)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return python(home)
}

async function explained(command: string, args: readonly string[], why: string): Promise<void> {
  try {
    await run(command, [...args], { timeout: INSTALL_MS })
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The suites against independent servers need moto: ${why}. Nothing was changed.\n${said}`, {
      cause,
    })
  }
}
